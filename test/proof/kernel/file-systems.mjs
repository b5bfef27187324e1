// The file systems that a kernel dies on: how to make one, how it is mounted, and which modules it needs.

export const FILE_SYSTEMS = {
  ext4: { megabytes: 96, make: ['mkfs.ext4', '-q', '-F'], modules: [] },
  xfs: { megabytes: 320, make: ['mkfs.xfs', '-q', '-f'], modules: [] },
  btrfs: { megabytes: 160, make: ['mkfs.btrfs', '-q', '-f'], modules: [] },
  f2fs: {
    megabytes: 160,
    make: ['mkfs.f2fs', '-q', '-f'],
    modules: ['crc32_generic', 'lz4_compress', 'lz4hc_compress', 'f2fs'],
  },
}
