// `npm run bench:install`: what it costs to install and to import Holdfast and its neighbours, with each package manager.
// Writes bench/results/install.json, and prints it as tables.
import { readFileSync, writeFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { INSTALLERS, installWith } from '../../test/consumers/managers.mjs'
import { install, NODE, pack, ROOT, run } from '../../test/consumers/proof.mjs'
import { installedIn } from './installed.mjs'
import { tables } from './tables.mjs'

const ROUNDS = 3
const IMPORTS = 11
const RECORD = join(ROOT, 'bench/results/install.json')

const IMPORT = `
  const begin = performance.now()
  await import(process.argv[1])
  process.stdout.write(String(performance.now() - begin))
`

const directory = mkdtempSync(join(tmpdir(), 'holdfast-install-'))
try {
  if (!process.argv.includes('--tables')) measure()
  console.log(tables(JSON.parse(readFileSync(RECORD, 'utf8'))))
} finally {
  rmSync(directory, { recursive: true, force: true })
}

function measure() {
  const modules = install('managers')
  const tool = (path) => join(modules, path)
  const subjects = { holdfast: `file:${pack(directory)}`, ...neighbours() }
  const rows = []
  for (const [subject, version] of Object.entries(subjects)) {
    for (const [manager, { withoutScripts }] of Object.entries(INSTALLERS)) {
      const seconds = []
      let cwd
      // The first round fills the manager's cache, and does not count.
      for (let round = 0; round <= ROUNDS; round++) {
        cwd = join(directory, `${subject}-${manager.replaceAll(/\W+/g, '-')}-${round}`)
        mkdirSync(cwd, { recursive: true })
        const manifest = { name: 'app', version: '1.0.0', private: true, type: 'module' }
        const dependencies = { [subject]: version }
        writeFileSync(join(cwd, 'package.json'), JSON.stringify({ ...manifest, dependencies }))
        const begin = performance.now()
        installWith(manager, { cwd, tool, options: [withoutScripts] })
        if (round > 0) seconds.push((performance.now() - begin) / 1000)
      }
      const importMs = manager === 'npm' ? imported(cwd, subject) : undefined
      const row = { subject, version: shown(version), manager, seconds: median(seconds) }
      rows.push({ ...row, ...installedIn(join(cwd, 'node_modules')), importMs })
      console.log(JSON.stringify(rows.at(-1)))
    }
  }
  const machine = { node: process.version, cpu: cpus()[0].model, processors: cpus().length }
  const date = new Date().toISOString().slice(0, 10)
  writeFileSync(RECORD, `${JSON.stringify({ date, machine, rounds: ROUNDS, rows }, null, 1)}\n`)
}

/** As the other benches measure them. */
function neighbours() {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'bench/package.json'), 'utf8'))
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const { 'better-sqlite3': sqlite, lmdb, 'classic-level': level, unstorage } = dependencies
  const { keyv } = devDependencies
  return { 'better-sqlite3': sqlite, lmdb, 'classic-level': level, keyv, unstorage }
}

function imported(cwd, subject) {
  const argv = ['--input-type=module', '-e', IMPORT, subject]
  return median(Array.from({ length: IMPORTS }, () => Number(run(NODE, argv, { cwd }))))
}

function shown(version) {
  return version.startsWith('file:')
    ? JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version
    : version
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}
