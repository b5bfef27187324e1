/** What a file system keeps and in which order, as far as a program may notice after a loss of power. */
export interface Preset {
  readonly name: string
  /** Entries of directories become durable in the order of their calls: a prefix of them is kept. */
  readonly orderedMetadata: boolean
  /** A flush of anything commits all metadata before it. */
  readonly flushCommitsMetadata: boolean
  /** A flush of a file keeps the names that it has been given. */
  readonly flushKeepsName: boolean
  /** Both halves of a rename are kept or lost together. */
  readonly atomicRename: boolean
  /** A size is durable only with the bytes below it. */
  readonly dataBeforeSize: boolean
  /** Bytes that were not written below a durable size: zeros, or what the blocks held for others before. */
  readonly stale: boolean
  /** How many sectors are written together. */
  readonly tearSectors: number
  /** A flush reports success and flushes nothing: a control, under which the engine has to lose data. */
  readonly lying: boolean
}

const POSIX: Preset = {
  name: 'posix-min',
  orderedMetadata: false,
  flushCommitsMetadata: false,
  flushKeepsName: false,
  atomicRename: false,
  dataBeforeSize: false,
  stale: false,
  tearSectors: 1,
  lying: false,
}

const JOURNALED: Preset = {
  ...POSIX,
  orderedMetadata: true,
  flushCommitsMetadata: true,
  atomicRename: true,
}

export const PRESETS: readonly Preset[] = [
  POSIX,
  { ...JOURNALED, name: 'ext4-ordered', dataBeforeSize: true },
  { ...JOURNALED, name: 'ext4-writeback', stale: true },
  { ...JOURNALED, name: 'xfs', dataBeforeSize: true, tearSectors: 1 },
  {
    ...JOURNALED,
    name: 'btrfs',
    flushCommitsMetadata: false,
    flushKeepsName: true,
    dataBeforeSize: true,
    tearSectors: 8,
  },
  { ...POSIX, name: 'reorder+tear', stale: true, atomicRename: true },
]

/** Disks that confirm what they do not do. Nothing can be promised on them. */
export const LYING: Preset = { ...POSIX, name: 'lying', lying: true }
