// What prebuilds/ holds, and from which sources it comes.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const MANIFEST = 'prebuilds/manifest.json'
/** Where the C++ sources are. */
const FOLDERS = ['native/core', 'native/os', 'native/node', 'native/build/cross']

/** @typedef {{ sources: string, compiler: Record<string, string>, files: Record<string, string> }} Manifest */

/** One hash over the C++ sources, what builds them, and the compiler that is pinned. */
export function hashOfSources(root = ROOT) {
  const hash = createHash('sha256')
  for (const name of sourceFiles(root)) {
    // The same on systems that check text out with other line ends.
    const text = readFileSync(join(root, name), 'utf8').replaceAll('\r\n', '\n')
    hash.update(`${name}\0${text}\0`)
  }
  return hash.digest('hex')
}

/** @param {string} file */
export function hashOfFile(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** @returns {Manifest | undefined} */
export function readManifest(root = ROOT) {
  const file = join(root, MANIFEST)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** The binaries that are there, by their paths from the root. */
export function binaries(root = ROOT) {
  return readdirSync(join(root, 'prebuilds'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(root, 'prebuilds', name)).map((file) => `${name}/${file}`),
    )
    .map((file) => `prebuilds/${file}`)
}

function sourceFiles(root) {
  const code = FOLDERS.flatMap((directory) =>
    readdirSync(join(root, directory))
      .filter((name) => /\.(cc|h|map)$/.test(name))
      .map((name) => `${directory}/${name}`),
  )
  const recipe = [
    'binding.gyp',
    'native/build/cross/targets.mjs',
    'native/build/cross/package-lock.json',
  ]
  return [...code, ...recipe].sort()
}
