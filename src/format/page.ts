import { isArrayBuffer } from '../base/values.js'

/**
 * The shared page: one mapped page that every process of a store sees. It says where the journal ends and what is
 * published. It is a hint, never the truth: the first process to open a store rewrites it from the journal.
 *
 * All numbers little-endian. Everything but `generation` and `state` is read and written under the writer lock.
 * native/core/page.h holds the same layout, without the fields that no commit reads or writes: `suspect`, `spoiled`,
 * `file` and `boot`.
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
  file: 88, // u64: the inode number of the page's file; 0 if it is not known
  boot: 96, // 36 characters: the boot in which this was written; zeros where the system has no number for it
} as const

const BOOT_BYTES = 36
/** All fields, in whole numbers of 8 bytes. */
const FIELDS_BYTES = 136

export const PageState = { idle: 0, committing: 1, poisoned: 2 } as const

/** Where a journal ends: the next frame goes to `offset` of `segment`, seeded with `chain`; `lsn` was the last. */
export interface JournalPosition {
  readonly segment: number
  readonly offset: number
  readonly lsn: number
  readonly chain: number
}

/** Access to the page where JavaScript cannot have a view of it, as in Electron's memory cage. */
export interface PageCalls {
  /** Copies the start of the page, as much as `into` has room for. */
  read(into: Uint8Array): void
  write(offset: number, bytes: Uint8Array): void
}

/**
 * The mapped page. Over a view, reading `generation` is one memory read. Over calls, each read of a field is one call
 * into a copy, and each write goes through at once: more slowly, with the same results.
 */
export class SharedPage {
  readonly #view: DataView
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #fields: Uint8Array
  readonly #calls: PageCalls | undefined

  constructor(memory: ArrayBuffer | PageCalls) {
    const isView = isArrayBuffer(memory)
    const buffer = isView ? memory : new ArrayBuffer(PAGE_BYTES)
    this.#view = new DataView(buffer, 0, PAGE_BYTES)
    this.#words = new Int32Array(buffer, 0, PAGE_BYTES / 4)
    this.#bytes = new Uint8Array(buffer, 0, PAGE_BYTES)
    this.#fields = this.#bytes.subarray(0, FIELDS_BYTES)
    this.#calls = isView ? undefined : memory
  }

  get generation(): number {
    this.#calls?.read(this.#fields)
    return Atomics.load(this.#words, PageOffset.generation / 4) >>> 0
  }

  set generation(value: number) {
    Atomics.store(this.#words, PageOffset.generation / 4, value | 0)
    this.#write(PageOffset.generation, 4)
  }

  get state(): number {
    this.#calls?.read(this.#fields)
    return Atomics.load(this.#words, PageOffset.state / 4)
  }

  set state(value: number) {
    Atomics.store(this.#words, PageOffset.state / 4, value)
    this.#write(PageOffset.state, 4)
  }

  get magic(): number {
    return this.#getU32(PageOffset.magic)
  }

  set magic(value: number) {
    this.#setU32(PageOffset.magic, value)
  }

  get position(): JournalPosition {
    return {
      segment: this.getU64('segment'),
      offset: this.getU64('offset'),
      lsn: this.getU64('committed'),
      chain: this.#getU32(PageOffset.chain),
    }
  }

  getU64(field: U64Field): number {
    return Number(this.#getLong(PageOffset[field]))
  }

  setU64(field: U64Field, value: number): void {
    this.#setLong(PageOffset[field], BigInt(value))
  }

  set chain(value: number) {
    this.#setU32(PageOffset.chain, value)
  }

  get salt(): bigint {
    return this.#getLong(PageOffset.salt)
  }

  set salt(value: bigint) {
    this.#setLong(PageOffset.salt, value)
  }

  get file(): bigint {
    return this.#getLong(PageOffset.file)
  }

  set file(value: bigint) {
    this.#setLong(PageOffset.file, value)
  }

  /** '' if the page does not say. */
  get boot(): string {
    this.#calls?.read(this.#fields)
    const bytes = this.#bootBytes()
    const end = bytes.indexOf(0)
    return bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
  }

  set boot(value: string) {
    const bytes = this.#bootBytes()
    bytes.fill(0)
    bytes.write(value, 'latin1')
    this.#write(PageOffset.boot, BOOT_BYTES)
  }

  /** Zeros everything but `magic`, `state` and `generation`. */
  erase(): void {
    this.#bytes.fill(0, PageOffset.chain)
    this.#write(PageOffset.chain, PAGE_BYTES - PageOffset.chain)
  }

  #bootBytes(): Buffer {
    const { buffer, byteOffset } = this.#bytes
    return Buffer.from(buffer, byteOffset + PageOffset.boot, BOOT_BYTES)
  }

  #getU32(offset: number): number {
    this.#calls?.read(this.#fields)
    return this.#view.getUint32(offset, true)
  }

  #setU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true)
    this.#write(offset, 4)
  }

  #getLong(offset: number): bigint {
    this.#calls?.read(this.#fields)
    return this.#view.getBigUint64(offset, true)
  }

  #setLong(offset: number, value: bigint): void {
    this.#view.setBigUint64(offset, value, true)
    this.#write(offset, 8)
  }

  #write(offset: number, length: number): void {
    this.#calls?.write(offset, this.#bytes.subarray(offset, offset + length))
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
