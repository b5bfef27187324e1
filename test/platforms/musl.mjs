// Linux with musl. No Node for it can be installed here: the binary is loaded by musl's own loader into a program that
// takes the place of Node. Real Node on Alpine runs the suites in the Actions matrix.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readElf } from '../../native/build/cross/elf.mjs'
import { needPackages } from './packages.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SOURCE = join(import.meta.dirname, 'musl-host.c')
const LIBC = '/lib/ld-musl-x86_64.so.1'
const binaryFor = (arch) => join(ROOT, `prebuilds/linux-${arch}/holdfast.musl.node`)

/** @param {string} directory */
export function proveMusl(directory) {
  needPackages(['musl', 'musl-tools'])
  const host = join(directory, 'host')
  // The addon finds Node-API in the program that loads it.
  execFileSync('musl-gcc', ['-O1', '-rdynamic', '-w', SOURCE, '-o', host])
  const output = execFileSync(host, [binaryFor('x64'), join(directory, 'volume')], {
    encoding: 'utf8',
  })
  for (const line of output.trim().split('\n')) console.log(`x64: ${line}`)

  const known = new Set(readElf(readFileSync(LIBC)).exports)
  for (const arch of ['x64', 'arm64']) {
    const { undefinedSymbols } = readElf(readFileSync(binaryFor(arch)))
    const unknown = undefinedSymbols.filter((name) => !known.has(name) && !name.startsWith('napi_'))
    if (unknown.length > 0) throw new Error(`musl has no ${unknown.join(', ')} (${arch})`)
    console.log(`${arch}: musl has all ${undefinedSymbols.length} symbols`)
  }
}
