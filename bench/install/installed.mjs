// What an installation has put on the disk.
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const SCRIPTS = ['preinstall', 'install', 'postinstall']

/**
 * @param directory a `node_modules`
 * @returns the number of packages, their bytes as the files say, and the packages that want to run a script
 */
export function installedIn(directory) {
  const packages = new Map()
  let bytes = 0
  const walk = (place, holdsPackages) => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      const path = join(place, entry.name)
      if (entry.isFile()) bytes += lstatSync(path).size
      if (!entry.isDirectory()) continue
      const isScope = holdsPackages && entry.name.startsWith('@')
      if (holdsPackages && !isScope) addPackage(packages, path)
      walk(path, entry.name === 'node_modules' || isScope)
    }
  }
  walk(directory, true)
  const scripted = [...packages.values()].filter(({ wantsScript }) => wantsScript)
  return {
    packages: packages.size,
    bytes,
    scripts: scripted.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b)),
  }
}

function addPackage(packages, path) {
  const manifest = readManifest(path)
  if (manifest?.name === undefined || manifest.version === undefined) return
  const { name, version, scripts = {}, gypfile } = manifest
  // npm runs node-gyp where there is a binding.gyp and the package does not say otherwise.
  const compiles = gypfile !== false && readdirSync(path).includes('binding.gyp')
  const wantsScript = compiles || SCRIPTS.some((script) => script in scripts)
  packages.set(`${name}@${version}`, { name, wantsScript })
}

function readManifest(path) {
  try {
    return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
