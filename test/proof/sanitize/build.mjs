// Builds the addon for a tool, by node-gyp and the package's own binding.gyp, into test/proof/sanitize/build/<tool>/: the
// layout of node-gyp. build/Release and prebuilds/ are never touched.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('./', import.meta.url))
const root = join(here, '../../..')
/** The addon's code that does not know Node. */
const CORE = ['native/core', 'native/os']

/**
 * @typedef {object} Built
 * @property {string} home what HOLDFAST_PREBUILD names
 * @property {string} addon
 * @property {string} planted an addon with faults, for the proof that the tool sees them
 * @property {string} core the addon's code without Node, as a program
 */

/** @returns {Built} built again only when a source has changed since */
export function buildFor(name, { flags, home: owner = name }) {
  const home = join(here, 'build', owner)
  const release = join(home, 'build', 'Release')
  const built = {
    home,
    addon: join(release, 'holdfast.node'),
    planted: join(home, 'planted.node'),
    core: join(home, 'core'),
  }
  const stamp = join(home, 'stamp')
  const sources = hashOfSources(flags)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return built
  prepare(home, flags)
  rmSync(stamp, { force: true })
  compileAddon(home, flags)
  const headers = join(nodePrefix(), 'include', 'node')
  const shared = ['-shared', '-fPIC', `-I${headers}`, join(here, 'planted.cc')]
  compile(built.planted, flags, shared)
  compile(built.core, flags, [`-I${join(root, 'native')}`, ...coreSources(), ...objects(release)])
  writeFileSync(stamp, sources)
  return built
}

/** What was built with the same flags stays: make builds the rest. */
function prepare(home, flags) {
  const file = join(home, 'flags')
  if (existsSync(file) && readFileSync(file, 'utf8') === flags.join(' ')) return
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  for (const each of ['native', 'binding.gyp']) symlinkSync(join(root, each), join(home, each))
  writeFileSync(file, flags.join(' '))
}

function compileAddon(home, flags) {
  const script = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const jobs = String(availableParallelism())
  run(process.execPath, [script, 'configure', 'build', '--jobs', jobs], {
    cwd: home,
    env: {
      ...process.env,
      npm_config_nodedir: nodePrefix(),
      // Instrumented code makes the compiler doubt what it is sure of otherwise.
      CXXFLAGS: [...flags, '-Wno-error'].join(' '),
      LDFLAGS: flags.join(' '),
    },
  })
}

function compile(output, flags, given) {
  const standard = ['-std=c++20', '-Wall', '-Wextra', '-pthread', '-D_GNU_SOURCE']
  run('g++', [...standard, ...flags, '-o', output, ...given, '-ldl'], { cwd: here })
}

function coreSources() {
  return readdirSync(join(here, 'core'))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join(here, 'core', name))
}

function objects(release) {
  return CORE.map((folder) => join(release, 'obj.target', 'holdfast', folder)).flatMap(
    (directory) =>
      readdirSync(directory)
        .filter((name) => name.endsWith('.o'))
        .map((name) => join(directory, name)),
  )
}

/** Where the headers lie that came with this Node. */
function nodePrefix() {
  const found = [dirname(dirname(process.execPath)), dirname(process.execPath)].find((prefix) =>
    existsSync(join(prefix, 'include', 'node', 'node_api.h')),
  )
  if (found === undefined) throw new Error('This Node came without its headers (include/node).')
  return found
}

function hashOfSources(flags) {
  const hash = createHash('sha256').update(flags.join(' '))
  const files = [...CORE, 'native/node', 'test/proof/sanitize/core'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => /\.(cc|h)$/.test(name))
      .sort()
      .map((name) => join(root, folder, name)),
  )
  for (const file of [...files, join(root, 'binding.gyp'), join(here, 'planted.cc')])
    hash.update(readFileSync(file))
  return hash.digest('hex')
}

function run(command, given, options) {
  const { status, stdout, stderr } = spawnSync(command, given, { encoding: 'utf8', ...options })
  if (status !== 0) throw new Error(`${command} failed:\n${stdout ?? ''}${stderr ?? ''}`)
}
