// Builds the addon from its sources; nothing is ever downloaded.
//
//   node native/build/build.mjs              build into build/Release
//   node native/build/build.mjs --if-needed  only where no fitting binary is there; a failure is a warning
//
// The shipped binaries are built by native/build/cross/build.mjs.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT, hashOfFile, hashOfSources, readManifest } from './manifest.mjs'

const built = join(ROOT, 'build', 'Release', 'holdfast.node')
/** Which sources `built` comes from. */
const stamp = join(ROOT, 'build', 'Release', 'holdfast.sources')

const mode = { '': build, '--if-needed': buildIfNeeded }[process.argv[2] ?? '']
if (mode === undefined || process.argv.length > 3) {
  fail('usage: node native/build/build.mjs [--if-needed]')
} else {
  mode()
}

function build() {
  if (!compile()) fail('The addon could not be built: see above.')
}

function buildIfNeeded() {
  const sources = hashOfSources()
  // A build of other sources would be loaded before the prebuilt binary, and might lack what this version calls.
  const current = existsSync(built) && readIfThere(stamp) === sources
  if (current) return
  rmSync(built, { force: true })
  if (fittingPrebuild(sources) || compile()) return
  console.warn(
    '\nholdfast: the addon could not be built here (a C++20 compiler, make and Python are needed).\n' +
      'holdfast: it will use its portable disk: slower, and one process at a time.\n' +
      'holdfast: to try again: npm run build:native\n',
  )
}

function compile() {
  // Taken before: a source that changes meanwhile makes the build stale, not the hash wrong.
  const sources = hashOfSources()
  const script = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const jobs = String(availableParallelism())
  const environment = { ...process.env, ...nodeHeaders() }
  console.log('holdfast: building the addon from source')
  // Rebuilding removes the old binary before it makes another: who has it mapped keeps it.
  const arguments_ = [script, 'rebuild', '--jobs', jobs]
  const { status, stdout, stderr } = spawnSync(process.execPath, arguments_, {
    cwd: ROOT,
    env: environment,
    encoding: 'utf8',
  })
  if (status !== 0) {
    console.error(`${stdout ?? ''}${stderr ?? ''}`)
    return false
  }
  writeFileSync(stamp, sources)
  return true
}

/** The headers that came with this Node, where they did: then node-gyp needs no others. */
function nodeHeaders() {
  for (const prefix of [dirname(dirname(process.execPath)), dirname(process.execPath)]) {
    if (existsSync(join(prefix, 'include', 'node', 'node_api.h')))
      return { npm_config_nodedir: prefix }
  }
  return {}
}

function fittingPrebuild(sources) {
  const target = prebuildPath()
  const listed = readManifest()
  const file = join(ROOT, target)
  if (listed?.sources !== sources || !existsSync(file)) return false
  return listed.files[target] === hashOfFile(file) && loads(file)
}

/** In a process of its own: a binary for another system may not come back. */
function loads(file) {
  const script = `require(${JSON.stringify(file)}).crc32c(new Uint8Array(1), 0)`
  return spawnSync(process.execPath, ['-e', script], { stdio: 'ignore' }).status === 0
}

function prebuildPath() {
  const { platform, arch } = process
  // As node-gyp-build looks for it.
  const libc = platform === 'linux' ? (existsSync('/etc/alpine-release') ? '.musl' : '.glibc') : ''
  return `prebuilds/${platform}-${arch}/holdfast${libc}.node`
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function fail(message) {
  console.error(`holdfast: ${message}`)
  process.exitCode = 1
}
