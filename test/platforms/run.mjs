// The shipped binaries where they have to load: `npm run test:platforms -- arm64 | old-glibc | musl | windows |
// windows-whole`, or all of them.
// Installs what it needs with apt; where that cannot be done it says so and passes.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { proveArm64 } from './arm64.mjs'
import { proveMusl } from './musl.mjs'
import { proveOldGlibc } from './old-glibc.mjs'
import { Skipped } from './packages.mjs'
import { proveWindows, proveWindowsWhole } from './windows.mjs'

const PROOFS = {
  arm64: proveArm64,
  'old-glibc': proveOldGlibc,
  musl: proveMusl,
  windows: proveWindows,
  'windows-whole': proveWindowsWhole,
}
const BUILT = fileURLToPath(new URL('../../build/Release/holdfast.node', import.meta.url))

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in PROOFS))
if (unknown.length > 0) {
  throw new Error(`No platform ${unknown.join(', ')}: ${Object.keys(PROOFS).join(', ')}`)
}
if (existsSync(BUILT)) {
  throw new Error('build/ holds an addon that would be loaded before the shipped ones: remove it')
}

for (const name of wanted.length > 0 ? wanted : Object.keys(PROOFS)) {
  const directory = mkdtempSync(join(tmpdir(), `holdfast-${name}-`))
  try {
    await PROOFS[name](directory)
    console.log(`${name}: ok`)
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    console.log(`${name}: skipped: ${error.message}`)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
