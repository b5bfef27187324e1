import { TextDecoder } from 'node:util'
import { monotonicMs, sleep } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Volume } from '../../disk/disk.js'
import { judgeRecord } from '../../disk/liveness.js'
import { parseRecord, RECORD_BYTES_MAX } from '../../disk/process-start.js'
import { FrameKind, type Frame } from '../../format/frame.js'
import { OWNER_FILE, segmentPath } from '../../format/layout.js'
import { decodeExternal, OperationKind, type RecordOperation } from '../../format/record.js'
import { framesIn, readChunk, type Cursor } from './cursor.js'
import { readHeader, readRecords, type JournalScan } from './scan.js'

/** A commit that is still partly published after this long has lost its process. */
const PUBLISHING_MS = 100
const LOOK_AGAIN_MS = 1

/**
 * The last frame of a journal without a valid page, as with the portable disk: it may be written and not flushed yet.
 * Its files get their names after the flush, so a frame whose files show is flushed, and so is each one before it.
 */
export class UnprovenTail {
  readonly #volume: Volume

  constructor(volume: Volume) {
    this.#volume = volume
  }

  /** The frames, of the cursor's segment, without the last one where that may not be flushed. */
  async proven(frames: readonly Frame[], cursor: Cursor): Promise<readonly Frame[]> {
    const last = frames.at(-1)
    if (last === undefined || last.header.kind !== FrameKind.commit) return frames
    if (!(await this.isWriterOfThisBoot()) || (await this.#isFollowed(last, cursor))) return frames
    const path = segmentPath(cursor.position.segment)
    return (await this.#shows(readRecords(last, path).flat())) ? frames : frames.slice(0, -1)
  }

  /** Whether a journal that was read to its end is flushed. */
  async isProven({ end, entries }: JournalScan): Promise<boolean> {
    const last = entries.at(-1)
    if (last === undefined || last.lsn !== end?.position.lsn) return true
    return !(await this.isWriterOfThisBoot()) || (await this.#shows(last.transactions.flat()))
  }

  /**
   * Whether the store was written on this boot through the portable disk, by a process that runs or was killed. After a
   * loss of power, reads come from the disk: all of it is flushed. Where there is no id for a boot, only a process that
   * runs, or may run, is known to be of this one.
   */
  async isWriterOfThisBoot(): Promise<boolean> {
    const bytes = await this.#read(OWNER_FILE, RECORD_BYTES_MAX)
    const record = bytes && parseRecord(new TextDecoder().decode(bytes))
    if (record === undefined) return false
    const boot = await this.#volume.boot()
    if (boot !== '' && record.boot_id === boot) return true
    const { directory, capabilities } = this.#volume
    return (await judgeRecord({ directory, isRemote: capabilities.network }, record)) !== 'dead'
  }

  async #isFollowed({ end }: Frame, { salt }: Cursor): Promise<boolean> {
    const bytes = await readChunk(this.#volume, end)
    const after = bytes && framesIn(this.#volume, bytes, { position: end, salt }, end.lsn + 1)
    if (after !== undefined && after.length > 0) return true
    return (await readHeader(this.#volume, end.segment + 1)) !== undefined
  }

  /** Waits while only a part shows. */
  async #shows(operations: readonly RecordOperation[]): Promise<boolean> {
    const deadline = monotonicMs() + PUBLISHING_MS
    for (;;) {
      const shown = await this.#countShown(operations)
      if (shown === 0 || shown === operations.length) return shown > 0
      if (monotonicMs() >= deadline) return true
      await sleep(LOOK_AGAIN_MS)
    }
  }

  async #countShown(operations: readonly RecordOperation[]): Promise<number> {
    let shown = 0
    for (const operation of operations) if (await this.#isShown(operation)) shown++
    return shown
  }

  async #isShown({ path, content, external, kind }: RecordOperation): Promise<boolean> {
    if (kind === OperationKind.remove) return !(await this.#exists(path))
    if (external) return !(await this.#exists(decodeExternal(content).stagedPath))
    const bytes = await this.#read(path, content.length)
    return bytes !== undefined && Buffer.compare(bytes, content) === 0
  }

  async #exists(path: string): Promise<boolean> {
    return (await this.#volume.stat(path)) !== undefined
  }

  /** A file that cannot be read, or is longer, does not match the frame. */
  async #read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#volume.read(path, maxBytes)
    } catch (error) {
      if (error instanceof DiskError) return undefined
      throw error
    }
  }
}
