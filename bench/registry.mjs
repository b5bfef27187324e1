// `node bench/registry.mjs [PART…]`: the registry over 100,000 versions (`store`), what neighbours need for the same
// (`peers`), and from how many prompts on sharding pays (`sharding`); without a name, all three. It depends on the built
// library alone. Writes bench/results/registry.json, and the figures into the documents; `--tables` does only that.
// BENCH_DIR names the file system that is measured.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { measurePeers } from './registry/peers.mjs'
import { measureSharding } from './registry/sharding.mjs'
import { measureStore } from './registry/store.mjs'
import { registrySection, shardingSection } from './registry/tables.mjs'

const RECORD = pathOf('results/registry.json')
const PARTS = { store: measureStore, peers: measurePeers, sharding: measureSharding }
const DOCUMENTS = [
  ['../docs/benchmarks.md', 'registry', registrySection],
  ['../docs/version-storage.md', 'sharding', shardingSection],
]

const isTablesOnly = process.argv.includes('--tables')
const named = process.argv.slice(2).filter((argument) => argument !== '--tables')
for (const name of named)
  if (!(name in PARTS))
    throw new TypeError(`Expected one of ${Object.keys(PARTS).join(', ')}, got '${name}'`)
if (!isTablesOnly)
  for (const name of named.length > 0 ? named : Object.keys(PARTS)) {
    const about = { at: new Date().toISOString(), load: load(), machine: machine() }
    const part = { ...about, ...(await PARTS[name]()) }
    console.log(JSON.stringify({ [name]: part }))
    writeFileSync(RECORD, `${JSON.stringify({ ...recorded(), [name]: part }, undefined, 1)}\n`)
  }
for (const [file, mark, section] of DOCUMENTS) await replaceSection(pathOf(file), mark, section)

/** The parts that were measured before stay. */
function recorded() {
  return existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, 'utf8')) : {}
}

function pathOf(file) {
  return fileURLToPath(new URL(file, import.meta.url))
}

function load() {
  return Math.round(loadavg()[0] * 10) / 10
}

function machine() {
  const [{ model }] = cpus()
  const system = `${platform()} ${release()} ${arch()}`
  return { cpu: model.trim(), cpus: cpus().length, system, node: process.version }
}

/** Between the marks of a document. */
async function replaceSection(file, mark, section) {
  const text = readFileSync(file, 'utf8')
  const [begin, end] = [`<!-- bench:${mark} -->`, `<!-- /bench:${mark} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`Expected '${begin}' and then '${end}' in ${file}`)
  const replaced = `${text.slice(0, from + begin.length)}\n\n${section(recorded())}\n\n${text.slice(to)}`
  const config = await resolveConfig(file)
  writeFileSync(file, await format(replaced, { ...config, filepath: file }))
}
