import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './mutant.js'
import { MUTANTS } from './mutants.js'
import { Pool } from './pool.js'

export interface MutationSettings {
  readonly dist: URL
  readonly workers: number
  /** So long for each. */
  readonly ms: number
  readonly only: string | undefined
  /** How many have to be found; undefined: all. */
  readonly least: number | undefined
  readonly say: (text: string) => void
}

const SEED = 1
/** Few, so that there are many sessions. */
const SESSION_STATES = 60
const NAME_COLUMNS = 40

/** Returns the exit code: 0 when enough mutants were found. */
export async function runMutants(settings: MutationSettings): Promise<number> {
  const { only, say } = settings
  const chosen = MUTANTS.filter(({ name }) => only === undefined || name === only)
  if (chosen.length === 0) throw new RangeError(`no mutant is called ${only}`)
  let killed = 0
  for (const mutant of chosen) {
    const { found, ms, states } = await hunt(mutant, settings)
    if (found !== undefined) killed++
    const by = found?.session.includes(' ') === true ? 'its story' : `session ${found?.session}`
    const verdict = found === undefined ? 'SURVIVED' : `caught by ${by}`
    const seconds = (ms / 1000).toFixed(1)
    say(`${mutant.name.padEnd(NAME_COLUMNS)} ${verdict}, ${seconds} s, ${states} states`)
    if (found !== undefined && only !== undefined) say(`${found.session}: ${found.text}`)
  }
  say(`${killed} of ${chosen.length} mutants caught`)
  return killed >= (settings.least ?? chosen.length) ? 0 : 1
}

async function hunt(mutant: Mutant, { dist, workers, ms }: MutationSettings) {
  const root = plant(dist, mutant)
  try {
    const pool = new Pool({ workers, states: Number.POSITIVE_INFINITY, ms })
    const found = await pool.run({
      root: root.href,
      seed: SEED,
      states: SESSION_STATES,
      hints: mutant.hint === undefined ? [] : [mutant.hint],
    })
    return { found, ms: pool.totals.ms, states: pool.totals.states }
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** @throws when the text that a mutant changes is not there, once */
export function findTexts(dist: URL, { name, patches }: Mutant): void {
  for (const { file, before } of patches) {
    const times = readFileSync(new URL(file, dist), 'utf8').split(before).length - 1
    if (times !== 1)
      throw new Error(`mutant ${name}: its text occurs ${times} times in ${file}: ${before}`)
  }
}

/** A copy of the built package with the mutant's bug in it. @throws when the text to change is not there, once */
export function plant(dist: URL, mutant: Mutant): URL {
  findTexts(dist, mutant)
  const { name, patches } = mutant
  const root = new URL(`../build/mutants/${name}/`, import.meta.url)
  rmSync(root, { recursive: true, force: true })
  cpSync(dist, root, { recursive: true, filter: (source) => !/\.(map|d\.ts)$/.test(source) })
  for (const { file, before, after } of patches) {
    const path = fileURLToPath(new URL(file, root))
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(before, () => after),
    )
  }
  return root
}
