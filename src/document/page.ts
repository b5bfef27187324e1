/**
 * The shared page: one mapped page that every process of a store sees. It says where the journal ends and what is
 * published. It is a hint, never the truth: the first process to open a store writes it anew from the journal.
 *
 * All numbers little-endian. Everything but `generation` and `state` is read and written under the writer lock.
 * native/page.h holds the same layout, but for the fields that no commit reads or writes: `suspect`, `spoiled`, `file`
 * and `boot`.
 */
export const PAGE_BYTES = 4096
export const PAGE_MAGIC = 0x31504648 // 'HFP1'

export const PageOffset = {
  magic: 0, // u32
  state: 4, // u32, a PageState
  /** u32: the low half of the last published log sequence number. Moves after the files are in place. */
  generation: 8,
  chain: 12, // u32: checksum of the last frame, the seed of the next
  salt: 16, // u64: the epoch of the current segment
  segment: 24, // u64: sequence number of the current segment
  offset: 32, // u64: where the next frame goes in it
  committed: 40, // u64: log sequence number of the last frame that is flushed (or written, at lower durability)
  published: 48, // u64: log sequence number of the last frame whose files are in place
  durable: 56, // u64: log sequence number of the last frame known to be flushed
  checkpoint: 64, // u64: frames up to this one need no redo
  suspect: 72, // u64: a checkpoint's flush has failed on files of frames up to this lsn
  spoiled: 80, // u64: a flush of this segment has failed, so neither it nor an older one is used again
  file: 88, // u64: the number (inode) of the file that this is the page of; 0 where that is not known
  boot: 96, // 36 characters: the boot in which all this was written; zeros where the system has no number for it
} as const

const BOOT_BYTES = 36

export const PageState = { idle: 0, committing: 1, poisoned: 2 } as const

/** Where a journal ends: the next frame goes to `offset` of `segment`, seeded with `chain`; `lsn` was the last. */
export interface JournalPosition {
  readonly segment: number
  readonly offset: number
  readonly lsn: number
  readonly chain: number
}

/** A view of the mapped page. Reading `generation` is one memory read. */
export class SharedPage {
  readonly view: DataView
  readonly #words: Int32Array

  constructor(buffer: ArrayBuffer) {
    this.view = new DataView(buffer, 0, PAGE_BYTES)
    this.#words = new Int32Array(buffer, 0, PAGE_BYTES / 4)
  }

  get generation(): number {
    return Atomics.load(this.#words, PageOffset.generation / 4) >>> 0
  }

  set generation(value: number) {
    Atomics.store(this.#words, PageOffset.generation / 4, value | 0)
  }

  get state(): number {
    return Atomics.load(this.#words, PageOffset.state / 4)
  }

  set state(value: number) {
    Atomics.store(this.#words, PageOffset.state / 4, value)
  }

  get position(): JournalPosition {
    return {
      segment: this.getU64('segment'),
      offset: this.getU64('offset'),
      lsn: this.getU64('committed'),
      chain: this.view.getUint32(PageOffset.chain, true),
    }
  }

  getU64(field: U64Field): number {
    return Number(this.view.getBigUint64(PageOffset[field], true))
  }

  setU64(field: U64Field, value: number): void {
    this.view.setBigUint64(PageOffset[field], BigInt(value), true)
  }

  set chain(value: number) {
    this.view.setUint32(PageOffset.chain, value, true)
  }

  get salt(): bigint {
    return this.view.getBigUint64(PageOffset.salt, true)
  }

  set salt(value: bigint) {
    this.view.setBigUint64(PageOffset.salt, value, true)
  }

  get file(): bigint {
    return this.view.getBigUint64(PageOffset.file, true)
  }

  set file(value: bigint) {
    this.view.setBigUint64(PageOffset.file, value, true)
  }

  /** '' where the page does not say. */
  get boot(): string {
    const { buffer, byteOffset } = this.view
    const bytes = Buffer.from(buffer, byteOffset + PageOffset.boot, BOOT_BYTES)
    const end = bytes.indexOf(0)
    return bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
  }

  set boot(value: string) {
    const { buffer, byteOffset } = this.view
    const bytes = Buffer.from(buffer, byteOffset + PageOffset.boot, BOOT_BYTES)
    bytes.fill(0)
    bytes.write(value, 'latin1')
  }
}

type U64Field =
  | 'segment'
  | 'offset'
  | 'committed'
  | 'published'
  | 'durable'
  | 'checkpoint'
  | 'suspect'
  | 'spoiled'
