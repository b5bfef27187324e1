import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { measure, withTables, type Figures } from './search-figures.mjs'

/** The document publishes more, from what was recorded; a few show that every part still gives the same. */
const SEEDS = Number(process.env['HOLDFAST_SEARCH_SEEDS'] ?? 3)
const ROOT = join(import.meta.dirname, '../../..')
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8'),
) as Figures

describe('the searches on the simulated model', () => {
  let figures: Figures
  beforeAll(async () => {
    figures = await measure({ seeds: SEEDS })
  }, 1_800_000)

  it('give the regrets that were recorded for these seeds', () => {
    for (const { family, algorithm, regrets } of figures.cells) {
      const same = recorded.cells.find(
        (cell) => cell.family === family && cell.algorithm === algorithm,
      )
      const shared = Math.min(SEEDS, recorded.seeds)
      expect(regrets.slice(0, shared), `${family} ${algorithm}`).toEqual(
        same?.regrets.slice(0, shared),
      )
    }
  })
})

describe('what was recorded', () => {
  it('is what the document publishes', () => {
    const text = readFileSync(join(ROOT, 'docs/optimizer-search.md'), 'utf8')
    expect(withTables(text, recorded)).toBe(text)
  })

  it('has at most 5 % of false claims on the flat family, and many more without the held-out set', () => {
    const flat = recorded.cells.filter(({ family }) => family === 'flat')
    expect(flat).toHaveLength(4)
    for (const { claims } of flat) {
      expect(claims.held_out).toBeLessThanOrEqual(0.05)
      expect(claims.higher).toBeGreaterThan(0.5)
    }
  })

  it('has reflective search at least as good as the baselines with several prompts', () => {
    const against = recorded.comparisons.filter(({ against: other }) => other !== 'hill-climb')
    expect(against).toHaveLength(6)
    for (const { family, low } of against) expect(low, family).toBeGreaterThan(0)
    // Hill climbing learns from the same feedback: it is not better than reflective search.
    for (const { family, high } of recorded.comparisons) expect(high, family).toBeGreaterThan(0)
  })
})
