import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCES = ['injector.c', 'rules.c'].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
)

/**
 * Compiles the failing disk into a directory.
 * @param {string} directory
 * @returns {string | undefined} the library to preload; undefined where there is no compiler, or no Linux
 */
export function compileInjector(directory) {
  if (process.platform !== 'linux') return undefined
  const library = join(directory, 'injector.so')
  const flags = ['-shared', '-fPIC', '-O1', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror']
  const { error, status, stderr } = spawnSync('cc', [...flags, '-o', library, ...SOURCES, '-ldl'], {
    encoding: 'utf8',
  })
  if (error !== undefined) return undefined
  if (status !== 0) throw new Error(`The injector does not compile:\n${stderr}`)
  return library
}
