// The file systems that lose power here: how each is made and mounted. Small ones, so that a state is cheap to mount.
const MIB = 1024 * 1024

const EXT4 = {
  type: 'ext4',
  bytes: 64 * MIB,
  // Without being told, it takes blocks of 1 KiB for a disk as small as this.
  mkfs: 'mkfs.ext4 -q -F -b 4096 -E lazy_itable_init=0,lazy_journal_init=0,nodiscard'.split(' '),
}
const XFS = {
  type: 'xfs',
  bytes: 64 * MIB,
  // Its makers do not support less than 300 MiB. The code is the same, and a state is mounted in a fifth of the time.
  mkfs: ['mkfs.xfs', '--unsupported', '-q', '-f', '-K', '-l', 'size=8m'],
}
const BTRFS = { type: 'btrfs', bytes: 128 * MIB, mkfs: ['mkfs.btrfs', '-q', '-f', '-K'] }

export const SETUPS = {
  ext4: { ...EXT4, options: 'data=ordered' },
  'ext4-writeback': { ...EXT4, options: 'data=writeback' },
  'ext4-journal': { ...EXT4, options: 'data=journal' },
  'ext4-nodelalloc': { ...EXT4, options: 'nodelalloc' },
  'ext4-async-commit': { ...EXT4, options: 'data=writeback,journal_async_commit' },
  'ext4-1k': { ...EXT4, mkfs: [...EXT4.mkfs, '-b', '1024'], options: '-' },
  xfs: { ...XFS, options: '-' },
  'xfs-1k': { ...XFS, mkfs: [...XFS.mkfs, '-b', 'size=1024'], options: '-' },
  btrfs: { ...BTRFS, mkfs: [...BTRFS.mkfs, '-m', 'single'], options: 'nodiscard' },
  'btrfs-nodatacow': { ...BTRFS, options: 'nodiscard,nodatacow' },
}

/** Set-ups that keep nothing: what the harness has to see losses on. */
export const CONTROLS = {
  'ext4-nobarrier': { ...EXT4, options: 'data=ordered,nobarrier' },
}

export function setupOf(name) {
  const setup = SETUPS[name] ?? CONTROLS[name]
  if (setup !== undefined) return { name, ...setup }
  const known = [...Object.keys(SETUPS), ...Object.keys(CONTROLS)].join(', ')
  throw new RangeError(`--setup must name some of ${known}, got '${name}'`)
}
