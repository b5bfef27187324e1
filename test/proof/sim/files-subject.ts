import { createHash } from 'node:crypto'
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

/** The directory in which FileStorage keeps its files: keys are keys, values are contents. */
export class FilesSubject implements Subject {
  readonly #context: SubjectContext

  constructor(context: SubjectContext) {
    this.#context = context
  }

  async open(process: SimulatedProcess): Promise<OpenedFiles> {
    const { engine, options } = this.#context
    const { durability, segmentBytes, journalBytes, checkpointIdleMs, ioTimeoutMs } = options
    const backend = await engine.LocalBackend.open(process.root, {
      disk: simulatedDisk(engine, process),
      durability,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      segmentBytes,
      journalBytes,
      checkpointIdleMs,
      ioTimeoutMs,
    })
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
    const stray = [...observed.keys()].find((path) => !documents.has(path))
    if (stray !== undefined && !this.#isSoft) throw new Contradiction(`${stray} has no document`)
    return observed
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
  async store(key: string, content: string): Promise<void> {
    const bytes = Buffer.from(content, 'latin1')
    const body = (async function* () {
      yield await Promise.resolve(bytes)
    })()
    await this.backend.put(key, body, () => documentOf(key, content))
  }

  async close(): Promise<void> {
    await this.backend.close()
  }
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
