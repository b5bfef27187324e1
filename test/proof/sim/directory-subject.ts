import type { Writable } from 'node:stream'
import type { Store } from '../../../src/engine/store.js'
import { simulatedDisk } from './disk.js'
import type { SimulatedProcess } from './machine.js'
import type { Observed } from './model.js'
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

/** The engine's directory: keys are paths, values are contents. */
export class DirectorySubject implements Subject {
  readonly #context: SubjectContext

  constructor(context: SubjectContext) {
    this.#context = context
  }

  async open(
    process: SimulatedProcess,
    { readOnly = false }: { readonly readOnly?: boolean } = {},
  ): Promise<OpenedDirectory> {
    const { engine, options } = this.#context
    const { durability, segmentBytes, journalBytes, checkpointIdleMs, ioTimeoutMs } = options
    const directory = await engine.Store.open(process.root, {
      disk: simulatedDisk(engine, process),
      durability,
      flushIntervalMs: FLUSH_INTERVAL_MS,
      readOnly,
      segmentBytes,
      journalBytes,
      checkpointIdleMs,
      ioTimeoutMs,
    })
    return new OpenedDirectory(directory, process)
  }

  next(number: number): Next {
    return nextOf(number)
  }
}

export class OpenedDirectory implements Opened {
  readonly directory: Store
  readonly #process: SimulatedProcess

  constructor(directory: Store, process: SimulatedProcess) {
    this.directory = directory
    this.#process = process
  }

  async observe(): Promise<Observed> {
    // What a dead process has left is finished first: the files are listed by other means.
    await this.directory.waitForPublish()
    const observed = new Map<string, string>()
    for (const path of plainFiles(this.#process.machine.kernel)) {
      const bytes = await this.directory.read(path)
      if (bytes === undefined) throw new Contradiction(`${path} is listed and cannot be read`)
      observed.set(path, textOf(bytes))
    }
    return observed
  }

  async save(number: number): Promise<void> {
    const { key, value } = nextOf(number)
    await this.directory.commit([{ kind: 'create', path: key, bytes: Buffer.from(value) }])
  }

  async backUp(to: Writable): Promise<unknown> {
    return await this.directory.backup(to)
  }

  async close(): Promise<void> {
    await this.directory.close()
  }
}

function nextOf(number: number): Next {
  return { key: `afterwards/${number}`, value: `next ${number}` }
}
