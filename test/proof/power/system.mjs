// Programs of the system, run to their end.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

export function run(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr.trim()}`)
  return stdout.trim()
}

/** In memory where that can be had: images are copied for each recording. */
export function temporaryDirectory() {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  return mkdtempSync(join(parent, 'holdfast-power-'))
}

export function attachLoop(file, ...flags) {
  const device = run('losetup', '-f', '--show', ...flags, file)
  // A discard would have to be recorded as well, and no promise hangs on it.
  writeFileSync(`/sys/block/${basename(device)}/queue/discard_max_bytes`, '0')
  return device
}

export function detachLoop(device) {
  run('losetup', '-d', device)
}

export function copySparse(from, to) {
  run('cp', '--sparse=always', from, to)
}

/** An empty file system of a set-up. */
export function makeFileSystem({ bytes, mkfs }, image) {
  run('truncate', '-s', String(bytes), image)
  const [program, ...args] = mkfs
  run(program, ...args, image)
}

/** `data` as it is in the table of set-ups: '-' for none. */
export function mountDevice({ type, options }, device, directory) {
  const flags = options === '-' ? 'noatime' : `noatime,${options}`
  run('mount', '-t', type, '-o', flags, device, directory)
}
