// What a machine must have to cut the power of a disk of its own.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Why this cannot run here, in words; undefined when it can. */
export function missingRequirement(setups) {
  if (process.platform !== 'linux') return 'it needs Linux'
  if (process.getuid() !== 0) return 'it needs root: it mounts file systems'
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse'
  if (!existsSync('/dev/loop-control')) return 'there is no /dev/loop-control'
  for (const program of ['cc', 'pkg-config', 'losetup', 'fusermount3'])
    if (!runs(program, ['--version'])) return `there is no ${program}`
  if (!runs('pkg-config', ['--exists', 'fuse3'])) return 'the headers of libfuse3 are not installed'
  for (const { mkfs } of setups)
    if (spawnSync(mkfs[0], ['-V']).error !== undefined) return `there is no ${mkfs[0]}`
  return undefined
}

function runs(program, args) {
  return spawnSync(program, args).status === 0
}
