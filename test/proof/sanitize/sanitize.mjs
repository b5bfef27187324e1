// Runs the addon under sanitizers and valgrind: its core as a program, its functions in Node, with threads that end in
// the middle and several processes. Before that, each tool has to find faults that are there on purpose.
//
//   npm run sanitize -- asan | ubsan | tsan | memcheck | helgrind   one tool
//   npm run sanitize -- tests                                       the tests of the addon under asan
//   npm run sanitize -- cycles --count 10000                        opening and closing: is anything left?
//   npm run sanitize -- valgrind | ci | all                         several of these
//   npm run sanitize -- asan --scale 10 --seed 7                    longer, the same choices
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildFor } from './build.mjs'
import { build } from './package.mjs'
import { Run } from './run.mjs'
import { TOOLS, whyNot } from './tools.mjs'

const GROUPS = {
  ci: ['asan', 'tsan', 'cycles'],
  valgrind: ['memcheck', 'helgrind'],
  all: [...Object.keys(TOOLS), 'tests', 'cycles'],
}

const given = readArguments()
console.log(`sanitize: seed ${given.seed}, scale ${given.scale}`)
build()
const begun = performance.now()
let failed = 0
let skipped = 0
for (const name of given.pieces) failed += await piece(name)
const seconds = Math.round((performance.now() - begun) / 1000)
const left = skipped === 0 ? '' : `, ${skipped} could not run here`
console.log(`${failed === 0 ? 'passed' : `FAILED: ${failed}`}: ${given.name}${left} (${seconds} s)`)
process.exitCode = failed === 0 ? 0 : 1

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      count: { type: 'string', default: '300' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    },
  })
  const [name = ''] = positionals
  const pieces = GROUPS[name] ?? (GROUPS.all.includes(name) ? [name] : undefined)
  if (pieces === undefined || positionals.length > 1) {
    console.error(`usage: sanitize ${[...GROUPS.all, ...Object.keys(GROUPS)].join(' | ')}`)
    process.exit(2)
  }
  return { ...values, name, pieces, scale: Number(values.scale) }
}

/** @returns how many of its runs went wrong */
async function piece(name) {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-sanitize-'))
  chmodSync(directory, 0o711)
  const of = (tool, what) => {
    const home = join(directory, what.replaceAll(/[^a-z]+/g, '-'))
    mkdirSync(home)
    return new Run(name, tool, what, home)
  }
  const tool = TOOLS[name === 'tests' ? 'asan' : name]
  try {
    if (name === 'cycles')
      return await of({}, name).node(['cycles.mjs', '--count', given.count], {
        show: true,
      })
    const reason = whyNot(tool)
    if (reason === undefined) return await look(name, tool, (what) => of(tool, what))
    console.error(`${name}: not run, ${reason}`)
    skipped++
    return 0
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function look(name, tool, of) {
  const { home, addon, planted, core } = buildFor(name, tool)
  if (name === 'tests') return await of('test/unit/native, test/unit/disk').tests(home)
  const { seed, scale } = given
  let wrong = 0
  for (const fault of tool.planted)
    wrong += await of(`planted ${fault}`).node(['planted.mjs', planted, fault], { found: true })
  const seconds = String(4 * scale)
  wrong += await of('core threads').program(core, (work) => ['threads', work, seconds, seed])
  if (tool.failingAllocations)
    wrong += await of('core memory').program(core, (work) => ['memory', work])
  if (tool.coreOnly) return wrong
  wrong += await of('addon').node(['workload/main.mjs', addon, undefined, String(scale), seed])
  return wrong
}
