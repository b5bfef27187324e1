import type {
  CommitPrimitives,
  CommitState,
} from '../../../../src/disk/portable/commit-primitives.js'
import { DiskError, type DiskPhase } from '../../../../src/disk/disk-error.js'
import { crc32c } from '../../../../src/format/crc32c.js'
import { BLOCK_BYTES } from '../../../../src/format/frame.js'
import { PAGE_BYTES, SharedPage } from '../../../../src/format/page.js'
import { SALT } from '../support.js'

/** Those that a commit looks at. */
const PHASES: Readonly<Record<string, DiskPhase>> = { append: 'append', flush: 'frame_flush' }

/** The steps of a commit over a map of files, each of which can be made to fail by its number. */
export class MemoryPrimitives implements CommitPrimitives {
  readonly crc32c = crc32c
  readonly files = new Map<string, Uint8Array>()
  readonly staged = new Map<string, Uint8Array>()
  readonly segment = new Uint8Array(64 * 1024)
  readonly calls: string[] = []
  locked = false
  /** Whether the call of this number, counted from 0, is to fail. */
  failAt: (call: number, name: string) => boolean = () => false
  #names = 0

  newState(): CommitState {
    const page = new SharedPage(new ArrayBuffer(PAGE_BYTES))
    page.salt = SALT
    page.setU64('segment', 1)
    page.setU64('offset', BLOCK_BYTES)
    const segment = { sequence: 1, path: 'segment', bytes: this.segment.length }
    return { page, segment, turn: Promise.resolve() }
  }

  async stage(content: Uint8Array): Promise<string> {
    await this.#step('stage')
    const name = `.tmp/${this.#names++}`
    this.staged.set(name, content)
    return name
  }

  async discard(staged: string): Promise<void> {
    await this.#step('discard')
    this.staged.delete(staged)
  }

  async makeParents(): Promise<readonly string[]> {
    await this.#step('makeParents')
    return []
  }

  async look(path: string): Promise<{ kind: 'file'; bytes: number } | undefined> {
    await this.#step('look')
    const bytes = this.files.get(path)?.length
    return bytes === undefined ? undefined : { kind: 'file', bytes }
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    await this.#step('read')
    return this.files.get(path)
  }

  async checkParentWritable(): Promise<void> {
    await this.#step('checkParentWritable')
  }

  async publishNew(staged: string, path: string): Promise<void> {
    await this.#step('publishNew')
    if (this.files.has(path)) throw new DiskError('EEXIST', 'link', path, { phase: 'name' })
    this.files.set(path, this.staged.get(staged) ?? new Uint8Array(0))
  }

  async publishOver(staged: string, path: string): Promise<void> {
    await this.#step('publishOver')
    this.files.set(path, this.staged.get(staged) ?? new Uint8Array(0))
    this.staged.delete(staged)
  }

  async remove(path: string): Promise<boolean> {
    await this.#step('remove')
    return this.files.delete(path)
  }

  async flushParent(): Promise<void> {
    await this.#step('flushParent')
  }

  async removeEmptyDirectory(): Promise<void> {
    await this.#step('removeEmptyDirectory')
  }

  async pruneParents(): Promise<void> {
    await this.#step('pruneParents')
  }

  async append(bytes: Uint8Array, offset: number): Promise<void> {
    await this.#step('append')
    this.segment.set(bytes, offset)
  }

  async flush(): Promise<void> {
    await this.#step('flush')
  }

  async lock(): Promise<void> {
    await this.#step('lock')
    if (this.locked) throw new Error('the lock was given twice')
    this.locked = true
  }

  async unlock(): Promise<void> {
    this.locked = false
    await Promise.resolve()
  }

  async #step(name: string): Promise<void> {
    // Each step takes its time, as a real one does: others may come in between.
    await new Promise((next) => setImmediate(next))
    const call = this.calls.push(name) - 1
    if (this.failAt(call, name))
      throw new DiskError('EIO', name, '', { phase: PHASES[name] ?? 'call' })
  }
}
