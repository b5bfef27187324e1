// `node search-figures.mjs [--seeds N] [--record]`: every algorithm on every family of the simulated model, over HTTP.
// Parts can be measured by several processes, with --families, --from and --out FILE, and recorded with --join FILE,FILE.
// Prints what it finds; --record writes it beside this file, and the tables of docs/optimizer-search.md from it. The
// figures compare algorithms on rules that were made for that; they say nothing about real models or prompts.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { effectInterval, meanOf } from '../../../dist/optimizer/evaluation/effect-interval.js'
import { permutationTest } from '../../../dist/optimizer/evaluation/permutation-test.js'
import { prove } from '../../../dist/optimizer/search/prove.js'
import { SEARCH_ALGORITHMS } from '../../../dist/optimizer/search/search-types.js'
import { FAMILY_NAMES } from '../../beds/simulated-world.mjs'
import { evaluateOn, quickModelsOf, searchOn, startModel, worldAt } from './driver.mjs'
import { tablesOf } from './figure-tables.mjs'

const RECORDED = join(import.meta.dirname, 'recorded.json')
const DOCUMENT = join(import.meta.dirname, '../../../docs/optimizer-search.md')
const AT_A_TIME = 8
const ALPHA = 0.05

/** Calls of one search: one prompt, several prompts. */
export const CALLS = { one: 400, several: 600 }

/** @param {{ seeds: number, from?: number, families?: readonly string[], log?: (line: string) => void }} options */
export async function measure(options) {
  return figuresOf(await runsOf(options))
}

/** What each search has found, for seeds from `from` on. */
async function runsOf({ seeds, from = 0, families = FAMILY_NAMES, log = () => undefined }) {
  const bed = await startModel()
  const cells = []
  try {
    for (const family of families)
      for (const algorithm of SEARCH_ALGORITHMS) {
        const runs = await inTurn(
          seeds,
          async (at) => await oneRun(bed.port, family, from + at, algorithm),
        )
        cells.push({ family, algorithm, runs })
        log(`${family} ${algorithm}`)
      }
  } finally {
    await bed.stop()
  }
  return cells
}

function figuresOf(found) {
  const cells = found.map(({ family, algorithm, runs }) => ({
    family,
    algorithm,
    calls: callsFor(family),
    ...summary(runs),
    regrets: runs.map(({ regret }) => rounded(regret)),
  }))
  return { seeds: found[0].runs.length, cells, comparisons: comparisons(cells) }
}

/** Parts of one measurement: families and seeds of several processes. */
function joined(parts) {
  const cells = FAMILY_NAMES.flatMap((family) =>
    SEARCH_ALGORITHMS.map((algorithm) => {
      const same = parts.filter((cell) => cell.family === family && cell.algorithm === algorithm)
      return { family, algorithm, runs: same.flatMap(({ runs }) => runs) }
    }),
  )
  return cells
}

function callsFor(family) {
  return family.startsWith('several') ? CALLS.several : CALLS.one
}

/** One search, the proof of its result, and what the rules say about both. */
async function oneRun(port, family, seed, algorithm) {
  const world = worldAt(port, family, seed)
  const { result, bests } = await searchOn(world, {
    algorithm,
    calls: callsFor(family),
    models: quickModelsOf(world),
  })
  const { best, pool, seed_score: seedScore } = result
  const [texts, heldOut] = [await world.get('seed'), await world.get('cases/held_out')]
  const proof = await prove({
    baseline: texts,
    winner: best.candidate,
    heldOut,
    evaluate: evaluateOn(world, quickModelsOf(world).worker),
    alpha: ALPHA,
    randomSeed: seed,
    concurrency: 8,
  })
  // The judge's questions come last.
  const truth = await world.post('truth', { candidates: pool.map(({ candidate }) => candidate) })
  const wanted = truth.seed + 0.9 * (truth.best - truth.seed)
  return {
    regret: truth.best - truth.scores[best.member],
    callsTo90: callsTo(wanted, { pool, bests, scores: truth.scores }),
    isBetter: truth.scores[best.member] > truth.seed + 1e-9,
    claims: {
      higher: best.score > seedScore,
      validation: await isSignificant(world, texts, best.candidate),
      held_out: proof.verdict === 'gain',
    },
  }
}

/** Whether the validation set itself, by which the winner was chosen, would call it a gain. */
async function isSignificant(world, texts, winner) {
  const evaluate = evaluateOn(world, quickModelsOf(world).worker)
  const cases = await world.get('cases/validation')
  const options = { repeat: 0, attempt: 0, signal: new AbortController().signal }
  const differences = []
  for (const testCase of cases) {
    const [after, before] = [
      await evaluate(winner, testCase, options),
      await evaluate(texts, testCase, options),
    ]
    differences.push(after.score - before.score)
  }
  const { p_value: p, effect } = permutationTest(differences)
  return p <= ALPHA && effect >= 0.01
}

/** After how many calls the best of the pool was that good; null: never. */
function callsTo(wanted, { pool, bests, scores }) {
  let best = pool[0]
  for (const { member, calls } of bests) {
    const { score, complete } = pool[member]
    if (complete && score > best.score) best = pool[member]
    if (scores[best.member] >= wanted - 1e-9) return calls
  }
  return null
}

function summary(runs) {
  const regrets = runs.map(({ regret }) => regret)
  const reached = runs.map(({ callsTo90 }) => callsTo90 ?? Infinity)
  const rate = (claim) => rounded(meanOf(runs.map(({ claims }) => Number(claims[claim]))))
  return {
    regret_mean: rounded(meanOf(regrets)),
    regret_median: rounded(quantile(regrets, 0.5)),
    // The 10th percentile of what was found is the 90th of the regret.
    regret_worst_tenth: rounded(quantile(regrets, 0.9)),
    calls_to_90_percent: finite(quantile(reached, 0.5)),
    reached_90_percent: rounded(meanOf(reached.map((calls) => Number(calls < Infinity)))),
    claims: { higher: rate('higher'), validation: rate('validation'), held_out: rate('held_out') },
  }
}

/** Reflective search against each other algorithm, on the families with several prompts, seed by seed. */
function comparisons(cells) {
  const several = cells.filter(({ family }) => family.startsWith('several'))
  return several
    .filter(({ algorithm }) => algorithm !== 'reflective')
    .map(({ family, algorithm, regrets }) => {
      const own = several.find((each) => each.family === family && each.algorithm === 'reflective')
      // Positive: the other one's regret is higher.
      const differences = regrets.map((regret, at) => regret - own.regrets[at])
      const { low, high } = effectInterval(differences)
      return {
        family,
        against: algorithm,
        better_by: rounded(meanOf(differences)),
        low: low === null ? null : rounded(low),
        high: high === null ? null : rounded(high),
      }
    })
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
}

function finite(value) {
  return Number.isFinite(value) ? value : null
}

function rounded(value) {
  return Math.round(value * 10_000) / 10_000
}

async function inTurn(count, work) {
  const results = []
  let next = 0
  const worker = async () => {
    while (next < count) {
      const at = next++
      results[at] = await work(at)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  return results
}

/** Writes the tables between the marks of the document. */
export function withTables(text, recorded) {
  return text.replace(
    /(<!-- figures -->\n)[\s\S]*?(\n<!-- end of figures -->)/,
    (_, begin, end) => `${begin}\n${tablesOf(recorded)}${end}`,
  )
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '5' },
      from: { type: 'string', default: '0' },
      families: { type: 'string', default: FAMILY_NAMES.join() },
      out: { type: 'string' },
      join: { type: 'string' },
      record: { type: 'boolean' },
    },
  })
  const [seeds, from, families] = [
    Number(values.seeds),
    Number(values.from),
    values.families.split(','),
  ]
  const found =
    values.join === undefined
      ? await runsOf({ seeds, from, families, log: console.log })
      : joined(values.join.split(',').flatMap((file) => JSON.parse(readFileSync(file, 'utf8'))))
  if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(found))
  if (values.record) {
    const date = new Date().toISOString().slice(0, 10)
    const kept = { date, node: process.version, ...figuresOf(found) }
    writeFileSync(RECORDED, `${JSON.stringify(kept)}\n`)
    writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, 'utf8'), kept))
    console.log(JSON.stringify(kept.comparisons, null, 1))
  }
  process.exit()
}
