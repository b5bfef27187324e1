import { TextEncoder } from 'node:util'

/**
 * Headers of tar archives in the form of POSIX (pax): what a name of over 100 bytes or another script, or a size of 8 GiB
 * and more, needs is in a record of its own in front.
 */

const BLOCK_BYTES = 512
const NAME_BYTES_MAX = 100
/** Eleven octal digits. */
const SIZE_MAX = 8 ** 11 - 1
const encoder = new TextEncoder()

export interface TarEntry {
  /** Relative, with `/` between its parts. */
  readonly path: string
  readonly bytes: number
  readonly modifiedMs: number
}

/** What comes before the content of a file. */
export function tarHeader({ path, bytes, modifiedMs }: TarEntry): Uint8Array {
  const name = encoder.encode(path)
  const isPlain = name.length <= NAME_BYTES_MAX && name.every((byte) => byte < 0x80)
  if (isPlain && bytes <= SIZE_MAX) return block(name, bytes, modifiedMs, '0')
  const record = encoder.encode(paxRecord('path', path) + paxRecord('size', String(bytes)))
  const short = name.slice(0, NAME_BYTES_MAX).map((byte) => (byte < 0x80 ? byte : 0x5f))
  return Buffer.concat([
    block(encoder.encode('pax'), record.length, modifiedMs, 'x'),
    record,
    tarPadding(record.length),
    block(short, Math.min(bytes, SIZE_MAX), modifiedMs, '0'),
  ])
}

/** What comes after a content of this length. */
export function tarPadding(bytes: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES)
}

/** What comes after the last file. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK_BYTES)
}

/** The length of a record counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = encoder.encode(rest).length
  let length = bytes + String(bytes).length
  if (String(length).length > String(bytes).length) length = bytes + String(length).length
  return `${length}${rest}`
}

function block(name: Uint8Array, bytes: number, modifiedMs: number, type: '0' | 'x'): Uint8Array {
  const header = Buffer.alloc(BLOCK_BYTES)
  const octal = (value: number, offset: number, digits: number): void => {
    header.write(value.toString(8).padStart(digits, '0'), offset, 'latin1')
  }
  header.set(name, 0)
  octal(0o600, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(bytes, 124, 11)
  octal(Math.min(Math.max(0, Math.floor(modifiedMs / 1000)), SIZE_MAX), 136, 11)
  // The checksum counts itself as spaces.
  header.write(' '.repeat(8), 148, 'latin1')
  header.write(type, 156, 'latin1')
  header.write('ustar\0' + '00', 257, 'latin1')
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  )
  header.write('\0 ', 154, 'latin1')
  return header
}
