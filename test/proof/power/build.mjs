// Compiles the two programs in C into build/, and the library when there is no dist/ yet.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
export const ROOT = join(HERE, '../../..')
export const BUILD = join(HERE, 'build')

export const RECORDING_DISK = join(BUILD, 'recording-disk')
export const STATE_MOUNT = join(BUILD, 'state-mount')

/** A preload library, for engines that are broken on purpose. */
export const LOST_FLUSH = join(BUILD, 'lost-flush.so')

export function buildPrograms() {
  mkdirSync(BUILD, { recursive: true })
  compile('lost-flush.c', LOST_FLUSH, ['-shared', '-fPIC'])
  compile('state-mount.c', STATE_MOUNT, [])
  compile('recording-disk.c', RECORDING_DISK, fuseFlags())
}

export function buildLibrary() {
  if (existsSync(join(ROOT, 'dist/index.js'))) return
  run(process.execPath, [fileURLToPath(import.meta.resolve('typescript/bin/tsc')), '-p', ROOT])
}

function compile(source, program, flags) {
  const path = join(HERE, source)
  if (existsSync(program) && statSync(program).mtimeMs > statSync(path).mtimeMs) return
  run('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, path, ...flags])
}

function fuseFlags() {
  return run('pkg-config', ['--cflags', '--libs', 'fuse3']).trim().split(/\s+/)
}

function run(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stdout}${stderr}`)
  return stdout
}
