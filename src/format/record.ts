import { TextDecoder, TextEncoder } from 'node:util'
import { FormatError } from '../base/errors.js'
import { shown } from '../base/options.js'

/**
 * Transaction records: the payload of a journal frame, and what a commit passes to the disk. One record is
 *
 *   u32 bytes of the whole record, u32 number of operations, then for each operation
 *   u8 kind, u8 flags, u16 bytes of the path, u32 bytes of the content, the path (UTF-8), the content
 *
 * all little-endian and unpadded. The content of a conditional replace begins with what the file must hold: u32 length,
 * then the bytes. A check is a condition alone, which a commit is asked with: the journal has the record without it.
 * native/core/record.h reads the same bytes.
 */
export const OperationKind = { create: 1, replace: 2, remove: 3, check: 4 } as const
export type OperationKind = (typeof OperationKind)[keyof typeof OperationKind]

/** The content is not in the record: it names a staged, flushed file (see `encodeExternal`). */
export const FLAG_EXTERNAL = 1
/** Of a replace: the content begins with what the file must hold to be replaced. */
export const FLAG_EXPECTED = 2
/** Of a check: nothing may be there. */
export const FLAG_ABSENT = 4

export const RECORD_HEADER_BYTES = 8
export const OPERATION_HEADER_BYTES = 8
export const PATH_BYTES_MAX = 4095
const EXPECTED_HEADER_BYTES = 4

/**
 * One change of one path, or a condition. For a remove and a check, `content` is what the file must hold; empty: any
 * content.
 */
export interface RecordOperation {
  readonly kind: OperationKind
  readonly path: string
  readonly content: Uint8Array
  readonly external: boolean
  /** For a replace: only a file that holds exactly these bytes is replaced. Never empty. */
  readonly expected?: Uint8Array
  /** For a check: nothing may be there. */
  readonly absent?: true
}

/** A byte order mark is part of the text: without it, a path would be another one. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

export function encodeRecord(operations: readonly RecordOperation[]): Uint8Array {
  let bytes = RECORD_HEADER_BYTES
  for (const { path, content, expected } of operations) {
    bytes += OPERATION_HEADER_BYTES + Buffer.byteLength(path) + content.length
    if (expected !== undefined) bytes += EXPECTED_HEADER_BYTES + expected.length
  }
  const record = Buffer.allocUnsafe(bytes)
  record.writeUInt32LE(bytes, 0)
  record.writeUInt32LE(operations.length, 4)
  let offset = RECORD_HEADER_BYTES
  for (const { kind, path, content, external, expected, absent } of operations) {
    const pathBytes = record.write(path, offset + OPERATION_HEADER_BYTES)
    const before = expected === undefined ? 0 : EXPECTED_HEADER_BYTES + expected.length
    record[offset] = kind
    record[offset + 1] =
      (external ? FLAG_EXTERNAL : 0) | (expected ? FLAG_EXPECTED : 0) | (absent ? FLAG_ABSENT : 0)
    record.writeUInt16LE(pathBytes, offset + 2)
    record.writeUInt32LE(before + content.length, offset + 4)
    offset += OPERATION_HEADER_BYTES + pathBytes
    if (expected !== undefined) {
      record.writeUInt32LE(expected.length, offset)
      record.set(expected, offset + EXPECTED_HEADER_BYTES)
      offset += before
    }
    record.set(content, offset)
    offset += content.length
  }
  return record
}

/** How many of a record's operations, counted from the first, fit into a record of that many bytes. */
export function operationsWithin(record: Uint8Array, bytesMax: number): number {
  const view = viewOf(record)
  let [count, offset] = [0, RECORD_HEADER_BYTES]
  while (offset < record.length) {
    const bytes = view.getUint16(offset + 2, true) + view.getUint32(offset + 4, true)
    offset += OPERATION_HEADER_BYTES + bytes
    if (offset > bytesMax) break
    count++
  }
  return count
}

/** Splits a frame's payload into its transactions. Throws a FormatError for bytes that no encoder would write. */
export function decodeRecords(payload: Uint8Array): RecordOperation[][] {
  const transactions = decodeRequest(payload)
  if (transactions.flat().some(isCheck)) throw new FormatError('a check in the journal')
  return transactions
}

/** As `decodeRecords`, of what a commit is asked for: with its checks. */
export function decodeRequest(payload: Uint8Array): RecordOperation[][] {
  const transactions: RecordOperation[][] = []
  let offset = 0
  while (offset < payload.length) {
    const end = offset + recordBytes(payload, offset)
    transactions.push(decodeRecord(payload.subarray(offset, end)))
    offset = end
  }
  return transactions
}

/** Whether it is a condition alone, which the journal does not have. */
export function isCheck({ kind }: RecordOperation): boolean {
  return kind === OperationKind.check
}

function recordBytes(payload: Uint8Array, offset: number): number {
  if (payload.length - offset < RECORD_HEADER_BYTES)
    throw new FormatError('record header is cut off')
  const bytes = viewOf(payload).getUint32(offset, true)
  if (bytes < RECORD_HEADER_BYTES || bytes > payload.length - offset)
    throw new FormatError(`record of ${bytes} bytes in ${payload.length - offset}`)
  return bytes
}

function decodeRecord(record: Uint8Array): RecordOperation[] {
  const view = viewOf(record)
  const count = view.getUint32(4, true)
  const operations: RecordOperation[] = []
  let offset = RECORD_HEADER_BYTES
  for (let at = 0; at < count; at++) {
    if (record.length - offset < OPERATION_HEADER_BYTES)
      throw new FormatError('operation is cut off')
    const kind = view.getUint8(offset)
    const flags = view.getUint8(offset + 1)
    const pathEnd = offset + OPERATION_HEADER_BYTES + view.getUint16(offset + 2, true)
    const end = pathEnd + view.getUint32(offset + 4, true)
    if (end > record.length) throw new FormatError('operation reaches past its record')
    if (!isKind(kind) || !areFlagsOf(kind, flags))
      throw new FormatError(`operation kind ${kind}, flags ${flags}`)
    const external = (flags & FLAG_EXTERNAL) !== 0
    const path = decodePath(record.subarray(offset + OPERATION_HEADER_BYTES, pathEnd))
    const content = record.subarray(pathEnd, end)
    if ((flags & FLAG_ABSENT) !== 0) operations.push(absentAt(path, content))
    else if ((flags & FLAG_EXPECTED) === 0) operations.push({ kind, path, content, external })
    else operations.push({ kind, path, external, ...splitExpected(kind, content) })
    offset = end
  }
  if (offset !== record.length) throw new FormatError('record is longer than its operations')
  return operations
}

function splitExpected(
  kind: OperationKind,
  both: Uint8Array,
): { readonly expected: Uint8Array; readonly content: Uint8Array } {
  if (kind !== OperationKind.replace)
    throw new FormatError(`expected bytes for operation kind ${kind}`)
  if (both.length < EXPECTED_HEADER_BYTES) throw new FormatError('expected bytes are cut off')
  const bytes = viewOf(both).getUint32(0, true)
  if (bytes === 0 || bytes > both.length - EXPECTED_HEADER_BYTES)
    throw new FormatError(`${bytes} expected bytes in ${both.length}`)
  const end = EXPECTED_HEADER_BYTES + bytes
  return { expected: both.subarray(EXPECTED_HEADER_BYTES, end), content: both.subarray(end) }
}

function isKind(kind: number): kind is OperationKind {
  return kind >= OperationKind.create && kind <= OperationKind.check
}

function areFlagsOf(kind: OperationKind, flags: number): boolean {
  if (kind === OperationKind.check) return flags === 0 || flags === FLAG_ABSENT
  if (kind === OperationKind.remove && (flags & FLAG_EXTERNAL) !== 0) return false
  return flags <= (FLAG_EXTERNAL | FLAG_EXPECTED)
}

function absentAt(path: string, content: Uint8Array): RecordOperation {
  if (content.length > 0) throw new FormatError('content where nothing may be')
  return { kind: OperationKind.check, path, content, external: false, absent: true }
}

function decodePath(bytes: Uint8Array): string {
  const path = decodeText(bytes)
  if (!isSafePath(path)) throw new FormatError(`unsafe path ${shown(path)}`)
  return path
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new FormatError('text is not UTF-8', { cause })
  }
}

/** A relative path of plain segments: nothing empty, no '.' or '..', no NUL or backslash. */
export function isSafePath(path: string): boolean {
  return !UNSAFE.test(path) && path.isWellFormed()
}

/** A segment that is empty, '.' or '..', or a character that is in no name. */
const UNSAFE = /(?:^|\/)\.{0,2}(?:\/|$)|[\0\\]/

/** What a record holds in place of content that is not in it. */
export interface ExternalContent {
  /** The staged file, relative to the volume. */
  readonly stagedPath: string
  readonly bytes: number
  /** SHA-256 of the content, 32 bytes. */
  readonly digest: Uint8Array
}

/** u64 bytes, 32 bytes digest, then the staged path in UTF-8. */
export function encodeExternal(external: ExternalContent): Uint8Array {
  const path = encoder.encode(external.stagedPath)
  const content = new Uint8Array(40 + path.length)
  viewOf(content).setBigUint64(0, BigInt(external.bytes), true)
  content.set(external.digest, 8)
  content.set(path, 40)
  return content
}

export function decodeExternal(content: Uint8Array): ExternalContent {
  if (content.length < 41) throw new FormatError('external content is cut off')
  const bytes = Number(viewOf(content).getBigUint64(0, true))
  if (!Number.isSafeInteger(bytes)) throw new FormatError('external content of no possible size')
  return { bytes, digest: content.slice(8, 40), stagedPath: decodePath(content.subarray(40)) }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
