// Builds the addon from its sources; nothing is ever downloaded.
//
//   node native/build.mjs              build into build/Release
//   node native/build.mjs --if-needed  only where no fitting binary is there; a failure is a warning
//   node native/build.mjs --prebuild   build, strip, copy to prebuilds/ and write its manifest
//   node native/build.mjs --verify     fail when a prebuilt binary does not come from these sources
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { replaceFile } from './replace-file.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const built = join(root, 'build', 'Release', 'holdfast.node')
/** Which sources `built` comes from. */
const stamp = join(root, 'build', 'Release', 'holdfast.sources')
const manifestFile = join(root, 'prebuilds', 'manifest.json')

const modes = {
  '': build,
  '--if-needed': buildIfNeeded,
  '--prebuild': prebuild,
  '--verify': verify,
}
const mode = modes[process.argv[2] ?? '']
if (mode === undefined || process.argv.length > 3) {
  fail(`usage: node native/build.mjs [${Object.keys(modes).filter(Boolean).join(' | ')}]`)
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

function prebuild() {
  if (!compile()) return fail('The addon could not be built: see above.')
  const target = prebuildPath()
  mkdirSync(dirname(join(root, target)), { recursive: true })
  replaceFile(built, join(root, target), (fresh) => {
    if (process.platform === 'linux') run('strip', ['--strip-all', fresh])
  })
  const sources = readIfThere(stamp)
  const kept = manifest()
  // Binaries of other platforms stay listed only while they come from the same sources.
  const files = kept?.sources === sources ? kept.files : {}
  files[target] = hashOfFile(join(root, target))
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(manifestFile, `${JSON.stringify({ sources, files: sorted }, undefined, 2)}\n`)
  console.log(`${target}: ${sorted[target]}`)
}

function verify() {
  const listed = manifest()
  if (listed === undefined)
    return fail('prebuilds/manifest.json is missing: npm run build:prebuilt')
  if (listed.sources !== hashOfSources())
    return fail('prebuilds/ comes from other sources than native/: npm run build:prebuilt')
  for (const [file, hash] of Object.entries(listed.files)) {
    if (!existsSync(join(root, file))) fail(`${file} is in the manifest and not there`)
    else if (hashOfFile(join(root, file)) !== hash) fail(`${file} is not the file in the manifest`)
  }
  for (const file of binaries()) if (!(file in listed.files)) fail(`${file} is not in the manifest`)
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
    cwd: root,
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
  const listed = manifest()
  const file = join(root, target)
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

function binaries() {
  const directories = readdirSync(join(root, 'prebuilds'), { withFileTypes: true })
  return directories
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(root, 'prebuilds', name)).map((file) => `prebuilds/${name}/${file}`),
    )
}

function hashOfSources() {
  const sources = readdirSync(join(root, 'native'))
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => join(root, 'native', name))
  const hash = createHash('sha256')
  for (const file of [...sources.sort(), join(root, 'binding.gyp')]) {
    // The same on systems that check text out with other line ends.
    hash.update(`${basename(file)}\0${readFileSync(file, 'utf8').replaceAll('\r\n', '\n')}\0`)
  }
  return hash.digest('hex')
}

function hashOfFile(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function manifest() {
  const text = readIfThere(manifestFile)
  return text === undefined ? undefined : JSON.parse(text)
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function run(command, arguments_) {
  const { status, error } = spawnSync(command, arguments_, { stdio: 'inherit' })
  if (status !== 0) fail(`${command} failed${error ? `: ${error.message}` : ''}`)
}

function fail(message) {
  console.error(`holdfast: ${message}`)
  process.exitCode = 1
}
