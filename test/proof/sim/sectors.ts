/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512

/** 512 bytes that never change, so that any number of files and images share them. */
export interface Sector {
  readonly bytes: Uint8Array
  readonly hash: number
}

export const ZERO_SECTOR: Sector = { bytes: new Uint8Array(SECTOR_BYTES), hash: 0 }

/** A file's bytes. What no sector was written for reads as zeros; what is beyond `size` is not read. */
export interface FileNode {
  readonly kind: 'file'
  readonly size: number
  readonly sectors: readonly Sector[]
  readonly timeMs: number
}

export interface DirectoryNode {
  readonly kind: 'directory'
  readonly entries: ReadonlyMap<string, number>
  readonly timeMs: number
}

/** An inode. It never changes: a write puts another one in its place. */
export type Node = FileNode | DirectoryNode

export function emptyFile(timeMs: number): FileNode {
  return { kind: 'file', size: 0, sectors: [], timeMs }
}

export function emptyDirectory(timeMs: number): DirectoryNode {
  return { kind: 'directory', entries: new Map(), timeMs }
}

/** The sectors that a write of `bytes` at `offset` leaves behind, by their places. */
export function* sectorsOfWrite(
  file: FileNode,
  bytes: Uint8Array,
  offset: number,
): Generator<readonly [number, Sector]> {
  const last = Math.ceil((offset + bytes.length) / SECTOR_BYTES)
  for (let at = Math.floor(offset / SECTOR_BYTES); at < last; at++) {
    const start = at * SECTOR_BYTES
    const from = Math.max(start, offset)
    const part = bytes.subarray(
      from - offset,
      Math.min(start + SECTOR_BYTES, offset + bytes.length) - offset,
    )
    if (part.length === SECTOR_BYTES) yield [at, sectorOf(part)]
    else yield [at, sectorOf(part, file.sectors[at], from - start)]
  }
}

const ZEROS = new Uint8Array(SECTOR_BYTES)

/** A sector that holds a copy of `part` at `offset`, the rest as in `before`. */
function sectorOf(part: Uint8Array, before: Sector = ZERO_SECTOR, offset = 0): Sector {
  // Segments are filled with zeros, and mostly stay so.
  if (before === ZERO_SECTOR && Buffer.compare(part, ZEROS.subarray(0, part.length)) === 0)
    return ZERO_SECTOR
  const bytes = before.bytes.slice()
  bytes.set(part, offset)
  return newSector(bytes)
}

export function newSector(bytes: Uint8Array): Sector {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, SECTOR_BYTES / 4)
  let hash = 0
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number
    if (word !== 0) hash = (Math.imul(hash ^ word, 0x9e3779b1) + at + 1) | 0
  }
  return hash === 0 ? ZERO_SECTOR : { bytes, hash }
}

const wholes = new WeakMap<FileNode, Uint8Array>()

/** All bytes of a file, which must not be changed: the same node gives the same bytes. */
export function readWhole(file: FileNode): Uint8Array {
  const bytes = wholes.get(file) ?? readFile(file, 0, file.size)
  wholes.set(file, bytes)
  return bytes
}

export function readFile(file: FileNode, offset: number, length: number): Uint8Array {
  const end = Math.min(file.size, offset + length)
  const bytes = new Uint8Array(Math.max(0, end - offset))
  for (let at = Math.floor(offset / SECTOR_BYTES); at * SECTOR_BYTES < end; at++) {
    const sector = file.sectors[at]
    if (sector === undefined || sector === ZERO_SECTOR) continue
    const start = at * SECTOR_BYTES
    const from = Math.max(start, offset)
    bytes.set(
      sector.bytes.subarray(from - start, Math.min(SECTOR_BYTES, end - start)),
      from - offset,
    )
  }
  return bytes
}
