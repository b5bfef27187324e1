/**
 * CRC-32C (Castagnoli) of `bytes`, continued from `seed`: `crc32c(b, crc32c(a, 0))` is the checksum of a followed by b.
 * The addon computes the same with the processor's own instruction; this one runs without the addon.
 */
export function crc32c(bytes: Uint8Array, seed: number): number {
  let crc = ~seed >>> 0
  let offset = 0
  // Eight bytes a round, one table each: the rounds' lookups do not wait for one another.
  for (const end = bytes.length - (bytes.length % 8); offset < end; offset += 8) {
    crc ^=
      at(bytes, offset) |
      (at(bytes, offset + 1) << 8) |
      (at(bytes, offset + 2) << 16) |
      (at(bytes, offset + 3) << 24)
    crc =
      at(TABLES, 0x700 | (crc & 0xff)) ^
      at(TABLES, 0x600 | ((crc >>> 8) & 0xff)) ^
      at(TABLES, 0x500 | ((crc >>> 16) & 0xff)) ^
      at(TABLES, 0x400 | (crc >>> 24)) ^
      at(TABLES, 0x300 | at(bytes, offset + 4)) ^
      at(TABLES, 0x200 | at(bytes, offset + 5)) ^
      at(TABLES, 0x100 | at(bytes, offset + 6)) ^
      at(TABLES, at(bytes, offset + 7))
  }
  for (; offset < bytes.length; offset++)
    crc = (crc >>> 8) ^ at(TABLES, (crc ^ at(bytes, offset)) & 0xff)
  return ~crc >>> 0
}

/** The reversed Castagnoli polynomial. */
const POLYNOMIAL = 0x82f63b78

/** Eight tables of 256: table n holds the checksum of a byte that n zero bytes follow. */
const TABLES = makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[byte] = crc
  }
  for (let index = 256; index < tables.length; index++) {
    const shorter = at(tables, index - 256)
    tables[index] = (shorter >>> 8) ^ at(tables, shorter & 0xff)
  }
  return tables
}

// The compiler cannot know that an index is in range; this is inlined to a plain load.
function at(array: Uint8Array | Int32Array, index: number): number {
  return array[index] as number
}
