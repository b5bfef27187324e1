import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Binding } from '../../../src/disk/native/binding.js'
import { loadBinding, nativeInfo } from '../../../src/disk/native/load-binding.js'
import type { Disk } from '../../../src/disk/disk.js'
import { nativeDisk } from '../../../src/disk/native/native-disk.js'

/** The addon that all tests in this folder are about: without it they fail and say why. */
export function binding(): Binding {
  const found = loadBinding()
  if (found === undefined) throw new Error(`the addon does not load: ${nativeInfo().reason}`)
  return found
}

export const disk = (): Disk => nativeDisk(binding())

interface FsExt {
  flockSync(descriptor: number, operation: 'ex' | 'sh' | 'exnb' | 'shnb' | 'un'): void
}

/** Another author's binding of flock(2): the witness for that of Holdfast. Windows has no flock. */
const fsExt = (): FsExt => createRequire(import.meta.url)('fs-ext') as FsExt

/** The errno's name when flock is refused, 'held' when it is granted. */
export function tryFlock(descriptor: number, operation: 'exnb' | 'shnb'): string {
  try {
    fsExt().flockSync(descriptor, operation)
    return 'held'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

/** A process that takes a lock by fs-ext, says so, and keeps it until it is killed. */
export async function lockInChild(file: string, operation: 'ex' | 'sh'): Promise<ChildProcess> {
  const witness = createRequire(import.meta.url).resolve('fs-ext')
  const script = `
    const { openSync } = require('node:fs')
    require(${JSON.stringify(witness)}).flockSync(openSync(${JSON.stringify(file)}, 'a'), '${operation}')
    console.log('locked')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

export async function killAndWait(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

/** Modules of the package, from the sources as built into dist/ by the test setup. */
export const builtModule = (name: string): string =>
  new URL(`../../../dist/${name}.js`, import.meta.url).href

/** Compiles a shared object that is loaded before libc; undefined where there is no compiler, and but on Linux. */
export function compilePreload(directory: string, source: string): string | undefined {
  if (process.platform !== 'linux') return undefined
  const output = join(directory, 'preload.so')
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-o', output, '-x', 'c', '-', '-ldl'], {
    input: source,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  return status === 0 ? output : undefined
}
