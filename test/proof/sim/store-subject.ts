import { basename, dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import type { PromptVersion } from '../../../src/versions/prompts/prompt-version.js'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import type { LabelMove } from '../../../src/versions/prompt-heads.js'
import { simulatedDisk } from './disk.js'
import type { Engine } from './engine.js'
import type { SimulatedProcess } from './machine.js'
import { TORN, type Observed } from './model.js'
import {
  Contradiction,
  FLUSH_INTERVAL_MS,
  plainFiles,
  textOf,
  type Next,
  type Opened,
  type Subject,
  type SubjectContext,
} from './subject.js'

/** A line of a history, as the format describes it. */
interface HistoryLine {
  readonly deleted?: Readonly<Record<string, string | null>>
  readonly restored?: Readonly<Record<string, string | null>>
  readonly at: string
}

const KEY_SEPARATOR = ' @'
const LABEL_SEPARATOR = ' #'

/** All lanes save to all prompts: awkward names among them, and one that is too long for a file's name. */
export const IDS = ['greeting', '__proto__', 'constructor', 'Ünï/cödé', 'x'.repeat(210)]

/** The store of versions: keys are versions of prompts, values say where one is and what it holds. */
export class StoreSubject implements Subject {
  readonly #context: SubjectContext
  #isMade = false

  constructor(context: SubjectContext) {
    this.#context = context
  }

  async open(
    process: SimulatedProcess,
    { readOnly = false }: { readonly readOnly?: boolean } = {},
  ): Promise<OpenedStore> {
    const { engine, options } = this.#context
    // Calls change the sharding: a later opening takes it as it is.
    const { enableSharding, ...others } = options
    const storage = await engine.FileSystemStorage.open({
      storageDir: process.root,
      disk: simulatedDisk(engine, process),
      minFreeMb: 0,
      cacheSize: 4,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      readOnly,
      ...others,
      ...(this.#isMade ? {} : { enableSharding }),
    })
    this.#isMade = true
    return new OpenedStore(storage, process, this.#context)
  }

  next(number: number): Next {
    return { key: keyOf('afterwards', `9.9.${number}`), value: live(`next ${number}`) }
  }
}

export class OpenedStore implements Opened {
  readonly storage: FileSystemStorage
  readonly #process: SimulatedProcess
  readonly #engine: Engine
  /** What was not flushed may be torn, or there by half. */
  readonly #isSoft: boolean

  constructor(
    storage: FileSystemStorage,
    process: SimulatedProcess,
    { engine, options }: SubjectContext,
  ) {
    this.storage = storage
    this.#process = process
    this.#engine = engine
    this.#isSoft = options.durability !== 'commit'
  }

  /** Throws a Contradiction where index, documents, trash and files do not tell the same. */
  async observe(): Promise<Observed> {
    const observed = new Map<string, string>()
    const files = new Set(this.#files())
    for (const id of await this.storage.listPromptIds()) {
      const sizes = await this.#sizes(id)
      for (const version of await this.storage.listVersionNames(id)) {
        const shown = await this.#show(id, version)
        observed.set(keyOf(id, version), shown)
        const found = (await this.storage.findPath(id, version)) ?? this.storage.pathOf(id, version)
        const path = found.slice(this.#process.root.length + 1)
        if (shown !== TORN && sizes !== undefined) this.#checkSize(path, sizes.get(version))
        if (!files.delete(path)) throw new Contradiction(`${path} is not a file`)
      }
    }
    const [unknown] = files
    if (unknown !== undefined && !this.#isSoft)
      throw new Contradiction(`${unknown} is a file, and not in the index`)
    await this.#observeTrash(observed)
    if (this.#isSoft) {
      await this.#observeSoftLabels(observed)
    } else {
      await this.#observeLabels(observed)
      await this.#observeHistories(observed)
    }
    return observed
  }

  /** What the summaries say; undefined where they cannot tell the labels of versions, since the head is torn. */
  async #sizes(id: string): Promise<ReadonlyMap<string, number> | undefined> {
    return await this.#unlessTorn(async () => {
      const summaries = await this.storage.listVersionSummaries(id)
      return new Map(summaries.map(({ version, size }) => [version, size]))
    })
  }

  /** Undefined for what is damaged, where loss of power may have torn it. */
  async #unlessTorn<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work()
    } catch (error) {
      const { StorageError } = this.#engine
      if (this.#isSoft && error instanceof StorageError && error.code === 'FS-LOAD-001')
        return undefined
      throw error
    }
  }

  /** What the summary says is what the file is. */
  #checkSize(path: string, size: number | undefined): void {
    const { kernel } = this.#process.machine
    const bytes = kernel.readWhole(kernel.get(path))
    const { length } = path.endsWith('.gz') ? Buffer.from(unpacked(bytes)) : bytes
    if (size !== length)
      throw new Contradiction(`${path} has ${length} bytes, and ${size} in its summary`)
  }

  /** The history leads to the labels, step by step, and each of them names a version that is there. */
  async #observeLabels(observed: Map<string, string>): Promise<void> {
    for (const id of IDS) {
      const moves = await this.storage.listLabelMoves(id)
      const last = new Map<string, LabelMove>()
      for (const move of moves) {
        const before = last.get(move.label)?.to ?? null
        if (move.from !== before)
          throw new Contradiction(
            `${id}: ${move.label} moved from ${move.from}, and was at ${before}`,
          )
        last.set(move.label, move)
      }
      const labels = Object.entries((await this.storage.readHead(id))?.labels ?? {})
      if (labels.length !== last.size)
        throw new Contradiction(`${id}: ${labels.length} labels, and ${last.size} in the history`)
      for (const [label, { version, reason }] of labels) {
        if (last.get(label)?.reason !== reason)
          throw new Contradiction(`${id}: the history of ${label} does not end at ${version}`)
        if (observed.get(keyOf(id, version))?.startsWith(live('')) !== true)
          throw new Contradiction(`${id}: ${label} names ${version}, which is not there`)
        observed.set(labelKey(id, label), labelled(version, reason))
      }
    }
  }

  /**
   * Where the first files of a head were not flushed, the head may be torn, which is told, and its history or its versions
   * may be gone. What a whole head says of its labels was written so.
   */
  async #observeSoftLabels(observed: Map<string, string>): Promise<void> {
    for (const id of IDS) {
      const head = await this.#unlessTorn(async () => await this.storage.readHead(id))
      for (const [label, { version, reason }] of Object.entries(head?.labels ?? {}))
        observed.set(labelKey(id, label), labelled(version, reason))
    }
  }

  /** What is deleted and what came back is in the history, by the commits that did it. */
  async #observeHistories(observed: Observed): Promise<void> {
    const { kernel } = this.#process.machine
    const trash = await this.storage.listTrash()
    for (const id of IDS) {
      const deleted = new Map<string, string>()
      // While its store is being resharded, a prompt may still have its history in the former directory.
      const name = basename(dirname(this.storage.pathOf(id, '1.0.0')))
      for (const number of ['', '.2', '.3']) {
        const end = `/${name}/.labels${number}.jsonl`
        const path = plainFiles(kernel).find((one) => `/${one}`.endsWith(end))
        if (path === undefined) continue
        for (const line of textOf(kernel.readWhole(kernel.get(path))).split('\n')) {
          if (line === '') continue
          const entry = JSON.parse(line) as HistoryLine
          for (const version of Object.keys(entry.deleted ?? {})) deleted.set(version, entry.at)
          for (const version of Object.keys(entry.restored ?? {})) deleted.delete(version)
        }
      }
      for (const version of deleted.keys())
        if (observed.get(keyOf(id, version))?.startsWith(live('')) === true)
          throw new Contradiction(`${id} ${version} is there, and deleted by its history`)
      for (const { version, deleted_at: at } of trash.filter((one) => one.prompt_id === id))
        if (deleted.get(version) !== at)
          throw new Contradiction(
            `${id} ${version} is in the trash, and not deleted by its history`,
          )
    }
  }

  async #show(id: string, version: string): Promise<string> {
    try {
      const document = await this.storage.getVersion(id, version)
      if (document !== undefined) return live(document.prompt.text ?? '')
    } catch (error) {
      if (error instanceof this.#engine.StorageError && error.code === 'FS-LOAD-001') return TORN
      throw error
    }
    throw new Contradiction(`${id} ${version} is in the index only`)
  }

  async #observeTrash(observed: Map<string, string>): Promise<void> {
    const { kernel } = this.#process.machine
    for (const { prompt_id: id, version, path } of await this.storage.listTrash()) {
      const key = keyOf(id, version)
      if (observed.has(key) && !this.#isSoft)
        throw new Contradiction(`${key} is in the trash and not deleted`)
      const bytes = kernel.readWhole(kernel.get(path))
      const document = parse(path.endsWith('.gz') ? unpacked(bytes) : textOf(bytes))
      if (document === undefined && !this.#isSoft)
        throw new Contradiction(`${path} is not a document`)
      if (document !== undefined && !observed.has(key))
        observed.set(key, trashed(document.prompt.text ?? ''))
    }
  }

  #files(): string[] {
    return plainFiles(this.#process.machine.kernel).filter(
      (path) => !path.endsWith('.prompt.json') && !path.includes('/.labels.'),
    )
  }

  async save(number: number): Promise<void> {
    await this.storage.saveVersion(documentOf('afterwards', `9.9.${number}`, `next ${number}`))
  }

  async backUp(to: Writable): Promise<unknown> {
    return await this.storage.backup(to)
  }

  async close(): Promise<void> {
    await this.storage.close()
  }
}

function unpacked(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes).toString()
  } catch {
    return ''
  }
}

function parse(text: string): PromptVersion | undefined {
  try {
    return JSON.parse(text) as PromptVersion
  } catch {
    // What is cut off names itself by not being there.
    return undefined
  }
}

export function keyOf(id: string, version: string): string {
  return `${id}${KEY_SEPARATOR}${version}`
}

export function labelKey(id: string, label: string): string {
  return `${id}${LABEL_SEPARATOR}${label}`
}

/** @param move tells the moves to one version apart */
export function labelled(version: string, move: string | null): string {
  return `label: ${version} ${move}`
}

export function live(text: string): string {
  return `live: ${text}`
}

export function trashed(text: string): string {
  return `trashed: ${text}`
}

export function documentOf(id: string, version: string, text: string): PromptVersion {
  return {
    version,
    prompt_id: id,
    created_at: '2026-01-01T00:00:00.000Z',
    parent_version: null,
    metadata: {},
    prompt: {
      id,
      workflow_id: 'simulation',
      node_id: 'node',
      node_type: 'llm',
      text,
      role: 'system',
      variables: [],
      context: {},
    },
    analysis: null,
    optimization_result: null,
  }
}
