// Builds the binaries that are shipped, all by one pinned cross compiler, and writes their manifest. The same sources
// give the same bytes wherever they lie. The compiler runs on Linux x64 only.
//
//   npm run build:prebuilt                                  all platforms
//   npm run build:prebuilt -- --target linux-x64-glibc      one of them, or several
//   npm run build:prebuilt -- --check                       builds, and compares with what is there
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { MANIFEST, ROOT, hashOfFile, hashOfSources, readManifest } from '../manifest.mjs'
import { replaceFile } from '../replace-file.mjs'
import { installCompiler } from './compiler.mjs'
import { TARGETS, compileFlags, linkFlags, recipe } from './targets.mjs'

const run = promisify(execFile)

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    check: { type: 'boolean', default: false },
  },
})
const unknown = (values.target ?? []).filter((one) => !TARGETS.some(({ name }) => name === one))
if (unknown.length > 0) {
  throw new Error(`No target ${unknown.join(', ')}: ${TARGETS.map(({ name }) => name).join(', ')}`)
}

const compiler = installCompiler()
const sources = hashOfSources()
const scratch = mkdtempSync(join(tmpdir(), 'holdfast-cross-'))
const files = {}
try {
  for (const target of TARGETS) {
    if (values.target !== undefined && !values.target.includes(target.name)) continue
    const begin = Date.now()
    const binary = await build(target)
    files[target.file] = hashOfFile(binary)
    const { length } = readFileSync(binary)
    console.log(`${target.file}: ${length} bytes, ${Math.round((Date.now() - begin) / 1000)} s`)
    if (!values.check) {
      mkdirSync(dirname(join(ROOT, target.file)), { recursive: true })
      replaceFile(binary, join(ROOT, target.file))
    }
  }
  if (values.check) compare()
  else writeManifest()
} finally {
  rmSync(scratch, { recursive: true })
}

/** @param {import('./targets.mjs').Target} target */
async function build(target) {
  const directory = join(scratch, target.name)
  mkdirSync(directory)
  const { sources: names, defines, includes } = recipe(ROOT, target)
  const options = [
    '-target',
    target.triple,
    ...compileFlags(target),
    ...defines.map((one) => `-D${one}`),
    ...['.', directory, ...includes, ...compiler.includes.map((one) => relative(ROOT, one))].map(
      (one) => `-I${one}`,
    ),
    // No path of this machine in the binary.
    ...[ROOT, directory].map((one) => `-ffile-prefix-map=${one}=`),
  ]
  const unit = join(directory, 'unit.cc')
  // All sources at once: headers are read one time, and functions are inlined across files.
  writeFileSync(unit, names.map((name) => `#include "${name}"\n`).join(''))
  const objects = [await compile(unit, options, directory)]
  if (target.system === 'win') {
    writeFileSync(join(directory, 'windows_imports.inc'), importsOf(objects[0]))
    objects.push(await compile('native/build/cross/windows_imports.cc', options, directory))
  }
  const binary = join(directory, 'holdfast.node')
  await zig(['-target', target.triple, ...linkFlags(target), '-o', binary, ...objects])
  return binary
}

async function compile(unit, options, directory) {
  const object = join(directory, `${basename(unit, '.cc')}.o`)
  await zig([...options, '-c', unit, '-o', object])
  return object
}

/** The functions of Node-API that the object calls: Windows resolves them by name (see windows_imports.cc). */
function importsOf(object) {
  const calls = readFileSync(object, 'latin1').matchAll(/__imp_((?:napi|node_api)_\w+)/g)
  const names = [...new Set(Array.from(calls, ([, name]) => name))].sort()
  return `#define HOLDFAST_NODE_API(X) \\\n${names.map((name) => `  X(${name})`).join(' \\\n')}\n`
}

async function zig(parameters) {
  const env = {
    ...process.env,
    ZIG_GLOBAL_CACHE_DIR: compiler.cache,
    // Objects are never taken from an earlier build.
    ZIG_LOCAL_CACHE_DIR: join(scratch, 'cache'),
  }
  const options = { cwd: ROOT, env, maxBuffer: 2 ** 26 }
  await run(compiler.program, ['c++', ...parameters], options).catch(({ stderr, message }) => {
    throw new Error(stderr || message)
  })
}

function compare() {
  const listed = readManifest()?.files ?? {}
  const different = Object.keys(files).filter((file) => files[file] !== listed[file])
  if (different.length === 0) return console.log('The same bytes as in the manifest')
  console.error(`Other bytes than in the manifest: ${different.join(', ')}`)
  process.exitCode = 1
}

function writeManifest() {
  const kept = readManifest()
  // Binaries of other platforms stay listed only while they come from the same sources.
  const all = { ...(kept?.sources === sources ? kept.files : {}), ...files }
  const missing = TARGETS.filter(({ file }) => !(file in all)).map(({ name }) => name)
  if (missing.length > 0) console.warn(`Not built from these sources: ${missing.join(', ')}`)
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
  const manifest = { sources, compiler: compiler.pinned, files: sorted }
  writeFileSync(join(ROOT, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`)
}
