import { randomBytes } from 'node:crypto'
import { nowMs } from '../../base/clock.js'
import { outOfRange } from '../../base/misuse.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Committer, Volume } from '../../disk/disk.js'
import { BLOCK_BYTES, encodeSegmentHeader, SEGMENT_BYTES_MAX } from '../../format/frame.js'
import {
  fillingPath,
  isSpareName,
  JOURNAL_DIRECTORY,
  parseSegmentName,
  RESERVE_FILE,
  segmentPath,
  sparePath,
} from '../../format/layout.js'
import { PageState } from '../../format/page.js'
import { operationsWithin } from '../../format/record.js'
import { StorageError } from '../../base/errors.js'
import type { Pending } from '../commit/batch.js'
import { removesFiles } from '../commit/transaction.js'
import { readHeader } from './scan.js'
import { assertPage, lastSegmentAfter, spoilPage } from './lost-page.js'
import { isOutOfSpace } from '../recovery/redo.js'

/** Contents over this many bytes are flushed in a file of their own instead of being copied into the journal. */
export const INLINE_BYTES_MAX: number = 256 * 1024
/** A small segment takes smaller contents: several have to fit into it. */
const SEGMENT_PART = 8
/** A segment takes at most this part of the free space, so that a small disk is not filled by its journal. */
const FREE_SPACE_PART = 16
const SEGMENT_BYTES_MIN = 64 * 1024

/** The segment's header, the frame's, its padding, and the room kept for an abort record. */
const SEGMENT_OVERHEAD_BYTES: number = 3 * BLOCK_BYTES

/** Most bytes that a transaction may journal in a segment of this size. */
export function recordBytesMax(segmentBytes: number): number {
  return segmentBytes - SEGMENT_OVERHEAD_BYTES
}

interface RollOptions {
  readonly fresh: boolean
  readonly atLeastBytes?: number
  /** When there is no space for a segment, the reserve becomes one: for work that makes room or ends what is begun. */
  readonly useReserve?: boolean
}

/**
 * The segments of the journal: their creation, turn and reuse. The current segment changes only under the writer lock.
 */
export class Segments {
  readonly #volume: Volume
  readonly #committer: Committer
  readonly #segmentBytes: number
  readonly #sparesMax: number
  #current = { sequence: 0, bytes: 0 }

  constructor(
    volume: Volume,
    committer: Committer,
    limits: { readonly segmentBytes: number; readonly journalBytes: number },
  ) {
    this.#volume = volume
    this.#committer = committer
    this.#segmentBytes = limits.segmentBytes
    this.#sparesMax = Math.max(1, Math.ceil(limits.journalBytes / limits.segmentBytes))
  }

  /**
   * Begins a new segment and a new epoch right after `page.committed`: what follows that in older segments is void.
   * Uses a spare where there is one and `fresh` does not ask for a new file. The caller holds the writer lock.
   * `atLeastBytes` is for a transaction that is larger than this process would make a segment.
   */
  async roll(options: RollOptions): Promise<void> {
    const { page } = this.#committer
    await this.#assertLast()
    // A process that dies from here on leaves a takeover to the next writer: the page may still lack the new segment.
    if (page.state === PageState.idle) page.state = PageState.committing
    const { position: end, salt: epoch } = page
    // What was read from a page that is cut meanwhile is zeros: a segment after those voids what is committed.
    assertPage(page, this.#volume.directory)
    const sequence = end.segment + 1
    const { lsn } = end
    const salt = randomBytes(8).readBigUInt64LE()
    const header = encodeSegmentHeader(
      {
        sequence,
        salt,
        firstLsn: lsn + 1,
        checkpointLsn: page.getU64('checkpoint'),
        durableThrough: lsn,
        timeMs: nowMs(),
      },
      this.#volume.crc32c.bind(this.#volume),
    )
    const spare = await this.#spareFor(options)
    await this.#start(spare, segmentPath(sequence), header)
    // Overwritten meanwhile: the rest of the page is old as well.
    const { segment, offset, lsn: lastLsn } = page.position
    const isSame = segment === end.segment && offset === end.offset && lastLsn === lsn
    if (!isSame || page.salt !== epoch) this.#lose()
    page.salt = salt
    page.setU64('segment', sequence)
    page.setU64('offset', BLOCK_BYTES)
    page.setU64('durable', lsn)
    page.chain = 0
    page.state = lsn === page.getU64('published') ? PageState.idle : PageState.committing
  }

  /** As `roll`, after a flush of acknowledged, unflushed commits: they are in the segment that is left. */
  async flushAndRoll(options: RollOptions): Promise<void> {
    const { page } = this.#committer
    if (page.getU64('durable') < page.getU64('committed')) await this.#committer.flush()
    await this.roll(options)
  }

  /**
   * The segment is too full for the waiting transactions. Even an empty one is, when a process with a smaller
   * `segmentBytes` has turned to it after a larger transaction was accepted here: that gets a segment in which it fits.
   */
  async rollFull(waiting: readonly Pick<Pending, 'record' | 'changes'>[]): Promise<void> {
    const recordBytes = waiting.reduce((most, { record }) => Math.max(most, record.length), 0)
    const { bytes } = this.#current
    const atLeastBytes = recordBytes + SEGMENT_OVERHEAD_BYTES
    if (this.#committer.page.getU64('offset') === BLOCK_BYTES && atLeastBytes <= bytes) {
      const message = 'A transaction does not fit into an empty journal segment'
      throw new StorageError('FS-IO-001', message, { context: { segment_bytes: bytes } })
    }
    // The reserve is for transactions that make room: without a segment, none could.
    const useReserve = waiting.some(({ changes }) => removesFiles(changes))
    await this.flushAndRoll({ fresh: false, atLeastBytes, useReserve })
  }

  async #spareFor({ fresh, atLeastBytes = 0, useReserve = false }: RollOptions): Promise<string> {
    try {
      return fresh ? await this.createSpare() : await this.#takeSpare(atLeastBytes)
    } catch (error) {
      // The reserve was created like a segment, and nothing was written to it.
      if (!useReserve || !isOutOfSpace(error)) throw error
      const path = sparePath(randomBytes(8).toString('hex'))
      if (!(await this.#renameReserve(path))) throw error
      return path
    }
  }

  async #renameReserve(path: string): Promise<boolean> {
    try {
      await this.#volume.rename(RESERVE_FILE, path, { replace: false })
      return true
    } catch (error) {
      if (error instanceof DiskError && error.code === 'ENOENT') return false
      throw error
    }
  }

  /** A spare whose flush has failed must never be flushed again: its pages count as clean from then on. */
  async #start(spare: string, path: string, header: Uint8Array): Promise<void> {
    try {
      await this.#volume.startSegment(spare, path, header)
    } catch (error) {
      await this.#volume.remove(spare).catch(() => undefined)
      if (error instanceof DiskError && error.code === 'EEXIST') this.#lose()
      throw error
    }
  }

  /** Prepares a spare, so that the next turn of the segment costs no zero-filling. */
  async prepareSpare(): Promise<void> {
    if ((await this.#findSpare()) === undefined) await this.createSpare()
  }

  async createSpare(atLeastBytes = 0): Promise<string> {
    const token = randomBytes(8).toString('hex')
    const bytes = Math.max(await this.#bytesForSegment(), roundToBlocks(atLeastBytes))
    // Not under its final name while it is being filled: another process may take any spare that it sees.
    await this.#volume.createSegment(fillingPath(token), bytes)
    await this.#volume.rename(fillingPath(token), sparePath(token), { replace: false })
    return sparePath(token)
  }

  /** The segment that commits append to, and how many bytes it has. */
  get current(): { readonly sequence: number; readonly bytes: number } {
    return this.#current
  }

  /**
   * Contents over this many bytes are not copied into the journal now. Segments become smaller when the disk fills up,
   * and one that is larger than this process makes may be gone by the time of the commit.
   */
  get inlineBytesMax(): number {
    const bytes = Math.min(this.#current.bytes, this.#segmentBytes)
    return Math.min(INLINE_BYTES_MAX, Math.floor(bytes / SEGMENT_PART))
  }

  /** Whether the current segment takes a record of this length. */
  fits(record: Uint8Array): boolean {
    return record.length <= recordBytesMax(this.#current.bytes)
  }

  async useCurrent(): Promise<void> {
    await this.#assertLast()
    const { page } = this.#committer
    const sequence = page.getU64('segment')
    assertPage(page, this.#volume.directory)
    const path = segmentPath(sequence)
    // A crash has left it the name of a spare as well: a file with two names is not written in place.
    if (((await this.#volume.stat(path))?.links ?? 1) > 1) await this.#spares()
    await this.#committer.useSegment(sequence, path)
    const bytes = (await this.#volume.stat(path))?.bytes ?? 0
    this.#current = { sequence, bytes: Math.min(bytes, SEGMENT_BYTES_MAX) }
  }

  /**
   * Only a writer that dies, or is about to turn the segment, leaves one after the page's own. Otherwise the page is
   * old: another program has replaced it by an older copy, and what followed it would be lost.
   */
  async #assertLast(): Promise<void> {
    const { page } = this.#committer
    if (page.state !== PageState.idle) return
    const last = await lastSegmentAfter(this.#volume, page.getU64('segment'))
    if (last !== undefined) this.#lose()
  }

  #lose(): void {
    const { page } = this.#committer
    spoilPage(page)
    assertPage(page, this.#volume.directory)
  }

  /**
   * Takes segments out of service whose frames are all covered by the checkpoint through `lsn`, oldest first: some are
   * kept as spares, the others removed, as are those of which a flush has failed.
   */
  async recycle(lsn: number): Promise<void> {
    const { page } = this.#committer
    const current = page.getU64('segment')
    const names = ((await this.#volume.list(JOURNAL_DIRECTORY)) ?? []).map((entry) => entry.name)
    let spares = await this.#removeSmallSpares()
    const sequences = names.map(parseSegmentName).filter((sequence) => sequence !== undefined)
    for (const sequence of sequences.sort((a, b) => a - b)) {
      if (sequence >= current) break
      const next = await readHeader(this.#volume, sequence + 1)
      if (next !== undefined && next.firstLsn > lsn + 1) break
      const keep = spares < this.#sparesMax && sequence > page.getU64('spoiled')
      if (await this.#retire(sequence, keep)) spares++
    }
  }

  /** The caller holds the writer lock, so no process is taking one. */
  async removeSpares(): Promise<void> {
    for (const { path } of await this.#spares()) await this.#volume.remove(path)
  }

  /** Returns how many are left. The caller holds the writer lock, so no process is taking one. */
  async #removeSmallSpares(): Promise<number> {
    const wanted = await this.#bytesForSegment()
    let left = 0
    for (const { path, bytes } of await this.#spares()) {
      if (bytes >= wanted) left++
      else await this.#volume.remove(path)
    }
    return left
  }

  /** True when it was kept as a spare. */
  async #retire(sequence: number, keep: boolean): Promise<boolean> {
    const path = segmentPath(sequence)
    const bytes = (await this.#volume.stat(path))?.bytes ?? 0
    if (!keep || bytes < (await this.#bytesForSegment())) {
      await this.#volume.remove(path)
      return false
    }
    await this.#volume.rename(path, sparePath(randomBytes(8).toString('hex')), { replace: false })
    return true
  }

  /** Space set aside so that recovery can write on a full disk. */
  async keepReserve(): Promise<void> {
    try {
      await this.#volume.createSegment(RESERVE_FILE, await this.#bytesForSegment())
    } catch (error) {
      if (!(error instanceof DiskError && error.code === 'EEXIST')) throw error
    }
  }

  /** Runs `work`; when it runs out of space, runs it again with the space of the reserve. */
  async withReserve<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (!isOutOfSpace(error) || !(await this.releaseReserve())) throw error
      return await work()
    }
  }

  async releaseReserve(): Promise<boolean> {
    return await this.#volume.remove(RESERVE_FILE)
  }

  /** A small spare, left by a process with another `segmentBytes`, serves only where there is no room for a new one. */
  async #takeSpare(atLeastBytes: number): Promise<string> {
    const found = await this.#findSpare(atLeastBytes)
    if (found !== undefined) return found
    try {
      return await this.createSpare(atLeastBytes)
    } catch (error) {
      const any = (await this.#spares())[0]
      if (any === undefined || !isOutOfSpace(error)) throw error
      return any.path
    }
  }

  async #findSpare(atLeastBytes = 0): Promise<string | undefined> {
    const wanted = Math.max(await this.#bytesForSegment(), atLeastBytes)
    return (await this.#spares()).find(({ bytes }) => bytes >= wanted)?.path
  }

  /**
   * Where a rename is a link and an unlink, a crash between the two leaves a segment under a spare's name as well.
   * Taken as a spare, it would be overwritten while its frames are valid: such a name is removed.
   */
  async #spares(): Promise<readonly { readonly path: string; readonly bytes: number }[]> {
    const spares: { path: string; bytes: number }[] = []
    for (const { name } of (await this.#volume.list(JOURNAL_DIRECTORY)) ?? []) {
      if (!isSpareName(name)) continue
      const path = `${JOURNAL_DIRECTORY}/${name}`
      const stat = await this.#volume.stat(path)
      if (stat === undefined) continue
      if (stat.links > 1) await this.#volume.remove(path)
      else spares.push({ path, bytes: stat.bytes })
    }
    return spares
  }

  async #bytesForSegment(): Promise<number> {
    const { freeBytes } = await this.#volume.space()
    const share = Math.floor(freeBytes / FREE_SPACE_PART / BLOCK_BYTES) * BLOCK_BYTES
    return Math.min(this.#segmentBytes, Math.max(share, SEGMENT_BYTES_MIN))
  }
}

function roundToBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES
}

/** The error of a transaction that is too long for every segment. */
export function tooLong(record: Uint8Array, files: number, most: number): RangeError {
  const fitting = operationsWithin(record, most)
  return outOfRange(
    `A transaction may journal at most ${most} bytes (option "segmentBytes" sets it), got ${record.length}: ` +
      `the first ${fitting} of its ${files} files fit. Save them in parts, each a transaction of its own`,
  )
}

/** The error of a record that does not fit, since the disk has no room for a longer segment. */
export function tooShort(bytes: number, record: Uint8Array): StorageError {
  return new StorageError(
    'FS-IO-001',
    `The journal has a segment of ${bytes} bytes only, as the disk has little room: ${record.length} do not fit`,
    { context: { reason: 'disk_space', segment_bytes: bytes, record_bytes: record.length } },
  )
}
