import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { FileDocument } from '../../../src/files/document.js'
import type { LocalBackend } from '../../../src/files/local/backend.js'
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

const PREFIX = 'afterwards'
/** How many versions of each key are kept, where every commit is flushed. */
const VERSIONS_KEPT = 2
/** Under this name the model holds the versions of a key, newest first. */
export const VERSIONS_OF = 'versions of '

/** The directory in which FileStorage keeps its files: keys are keys, values are contents. */
export class FilesSubject implements Subject {
  readonly #context: SubjectContext

  constructor(context: SubjectContext) {
    this.#context = context
  }

  async open(
    process: SimulatedProcess,
    { readOnly = false }: { readonly readOnly?: boolean } = {},
  ): Promise<OpenedFiles> {
    const { engine, options } = this.#context
    const { durability, segmentBytes, journalBytes, checkpointIdleMs, ioTimeoutMs } = options
    const directory = {
      disk: simulatedDisk(engine, process),
      durability,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      readOnly,
      segmentBytes,
      journalBytes,
      checkpointIdleMs,
      ioTimeoutMs,
    }
    // Where what was acknowledged may be torn, nothing is known of several files together.
    const keep = { most: durability === 'commit' ? VERSIONS_KEPT : 0 }
    const backend = await engine.LocalBackend.open(process.root, directory, 0, false, keep)
    return new OpenedFiles(backend, process, this.#context)
  }

  next(number: number): Next {
    return { key: `${PREFIX}/${number}.txt`, value: `next ${number}` }
  }
}

export class OpenedFiles implements Opened {
  readonly backend: LocalBackend
  readonly #process: SimulatedProcess
  readonly #engine: Engine
  /** What was not flushed may be torn, and the two files of a key from different times. */
  readonly #isSoft: boolean

  constructor(
    backend: LocalBackend,
    process: SimulatedProcess,
    { engine, options }: SubjectContext,
  ) {
    this.backend = backend
    this.#process = process
    this.#engine = engine
    this.#isSoft = options.durability !== 'commit'
  }

  /** Throws a Contradiction where a document and its payload do not tell the same. */
  async observe(): Promise<Observed> {
    const { directory } = this.backend
    await directory.waitForPublish()
    const observed = new Map<string, string>()
    for (const path of plainFiles(this.#process.machine.kernel))
      observed.set(path, textOf((await directory.read(path)) ?? new Uint8Array(0)))
    const documents = new Set<string>()
    for await (const key of this.backend.keys('')) {
      documents.add(key)
      const digest = await this.#digestOf(key)
      const payload = observed.get(key)
      if (digest === undefined) observed.set(key, TORN)
      else if (!this.#isSoft && (payload === undefined || digestOf(payload) !== digest))
        throw new Contradiction(`${key} has a payload that its document does not name`)
    }
    await this.#observeVersions(observed)
    const stray = [...observed.keys()]
      .filter((path) => !path.startsWith(VERSIONS_OF))
      .find((path) => !documents.has(path))
    if (stray !== undefined && !this.#isSoft) throw new Contradiction(`${stray} has no document`)
    return observed
  }

  /** Throws a Contradiction where a version and its document do not tell the same, or one lacks the other. */
  async #observeVersions(observed: Map<string, string>): Promise<void> {
    const versions = new Map<string, string[]>()
    for await (const { key, version, file } of this.backend.allVersions('')) {
      const found = file && (await this.backend.getVersion(key, version))
      if (file === undefined || found === undefined)
        throw new Contradiction(`a version of ${key} has no document that can be read`)
      const content = Buffer.concat((await found.body.toArray()) as Uint8Array[]).toString('latin1')
      if (digestOf(content) !== file.document.digest)
        throw new Contradiction(`a version of ${key} is not what its document says`)
      // They come in the order of their times.
      versions.set(key, [content, ...(versions.get(key) ?? [])])
    }
    for (const [key, contents] of versions)
      observed.set(VERSIONS_OF + key, joinedVersions(contents))
    for await (const { path, kind } of this.backend.strays())
      if (path.startsWith('.versions/') && kind !== 'leftover')
        throw new Contradiction(`${path} belongs to no version`)
  }

  /** Undefined where the document is damaged. */
  async #digestOf(key: string): Promise<string | undefined> {
    try {
      return (await this.backend.head(key))?.document.digest
    } catch (error) {
      if (error instanceof this.#engine.StorageError && error.code === 'FS-LOAD-001')
        return undefined
      throw error
    }
  }

  async save(number: number): Promise<void> {
    await this.store(`${PREFIX}/${number}.txt`, `next ${number}`)
  }

  /** A content goes in as a stream, so that a long one is staged. */
  async store(key: string, content: string, keeps = false): Promise<void> {
    const bytes = Buffer.from(content, 'latin1')
    const body = (async function* () {
      yield await Promise.resolve(bytes)
    })()
    const keep = keeps ? KEEP : undefined
    await this.backend.put(key, body, () => documentOf(key, content), { keep })
  }

  async remove(key: string, keeps: boolean): Promise<void> {
    await this.backend.delete(key, { keep: keeps ? KEEP : undefined })
  }

  async backUp(to: Writable): Promise<unknown> {
    return await this.backend.directory.backup(to)
  }

  async close(): Promise<void> {
    await this.backend.close()
  }
}

/** Times of one writer need not grow: those of a key's versions do. */
const KEEP = { nowMs: 0, keeps: () => true }

/** What the model holds of a key's versions once this content is kept as well; undefined: none. */
export function withVersion(versions: string | undefined, content: string): string {
  const others = versions === undefined ? [] : (JSON.parse(versions) as string[])
  return joinedVersions([content, ...others].slice(0, VERSIONS_KEPT))
}

function joinedVersions(contents: readonly string[]): string {
  return JSON.stringify(contents)
}

function documentOf(key: string, content: string): FileDocument {
  const now = new Date().toISOString()
  return {
    format: 1,
    key,
    kind: 'bytes',
    bytes: content.length,
    digest: digestOf(content),
    compression: 'none',
    encryption: undefined,
    metadata: {},
    created_at: now,
    updated_at: now,
    expires_at: undefined,
  }
}

function digestOf(content: string): string {
  return createHash('sha256').update(Buffer.from(content, 'latin1')).digest('hex')
}
