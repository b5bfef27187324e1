import { describe, expect, it } from 'vitest'
import { inTurn } from '../../bench/src/cells/run-group.js'
import {
  addedNameAt,
  documentOf,
  DOCUMENT_BYTES,
  encode,
  nameAt,
  promptsOf,
  storedNameAt,
} from '../../bench/src/plan/document.js'
import { parseOptions } from '../../bench/src/options.js'
import { plan, roundsOf, storesOf } from '../../bench/src/plan/plan.js'
import { quantiles } from '../../bench/src/plan/sample.js'
import { GROUPS, SCENARIO_NAMES, scenario } from '../../bench/src/plan/scenarios.js'
import { SUBJECT_PLANS, SUBJECTS } from '../../bench/src/plan/subjects.js'
import { promptVersionSchema } from '../../src/versions/prompts/prompt-version.js'

const EVERYTHING = { quick: false, groups: GROUPS, subjects: SUBJECTS }

describe('the plan', () => {
  it('has every scenario with every subject of it, once', () => {
    const cells = [...plan(EVERYTHING).values()].flat()
    const names = cells.map((cell) => `${cell.scenario} ${cell.subject}`)
    const expected = SCENARIO_NAMES.flatMap((name) =>
      scenario(name).subjects.map((subject) => `${name} ${subject}`),
    )
    expect(names.toSorted()).toEqual(expected.toSorted())
    expect(new Set(names).size).toBe(names.length)
  })

  it('keeps the cells of a scenario next to each other, so that they are compared in like conditions', () => {
    for (const cells of plan(EVERYTHING).values()) {
      const changes = cells.filter((cell, at) => cell.scenario !== cells[at - 1]?.scenario)
      expect(changes.length).toBe(new Set(cells.map((cell) => cell.scenario)).size)
    }
  })

  it('takes fewer scenarios and less time with --quick', () => {
    const quick = [...plan({ ...EVERYTHING, quick: true }).values()].flat()
    expect(quick.length).toBeGreaterThan(0)
    expect(quick.every((cell) => scenario(cell.scenario).quick)).toBe(true)
    for (const group of GROUPS) {
      expect(roundsOf(group, true).rounds).toBeLessThanOrEqual(roundsOf(group, false).rounds)
    }
  })

  it('measures only the groups and subjects that were chosen', () => {
    const chosen = plan({ quick: false, groups: ['reads'], subjects: ['lmdb'] })
    expect([...chosen.keys()]).toEqual(['reads'])
    expect([...chosen.values()].flat()).toEqual([
      { scenario: 'get-hot', subject: 'lmdb' },
      { scenario: 'list-50', subject: 'lmdb' },
    ])
  })

  it('tells which stores have to be there before', () => {
    const cells = plan(EVERYTHING).get('sizes') ?? []
    expect(storesOf(cells)).toContainEqual({ subject: 'storage-native', store: 500_000 })
    expect(storesOf(cells)).toContainEqual({ subject: 'seed-design', store: 20_000 })
    expect(storesOf(plan(EVERYTHING).get('reads') ?? [])).toEqual([])
  })

  it('gives every subject a colour and a label of its own', () => {
    for (const key of ['colour', 'label', 'title'] as const) {
      expect(new Set(SUBJECTS.map((subject) => SUBJECT_PLANS[subject][key])).size).toBe(
        SUBJECTS.length,
      )
    }
  })

  it('begins each round with another cell and leaves none out', () => {
    const items = ['a', 'b', 'c', 'd', 'e']
    expect(inTurn(items, 0)).toEqual(items)
    expect(inTurn(items, 1)).toEqual(['c', 'd', 'e', 'a', 'b'])
    for (let round = 0; round < 9; round++) expect(inTurn(items, round).toSorted()).toEqual(items)
    expect(inTurn([], 3)).toEqual([])
  })
})

describe('documents', () => {
  it('are 1 KiB long as a file, whatever their name is, and fit the schema', () => {
    const names = [nameAt(0), nameAt(1_000_000), storedNameAt(499_999, 500_000), addedNameAt(9, 0)]
    for (const name of names) {
      const document = documentOf(name)
      expect(Buffer.byteLength(encode(document))).toBe(DOCUMENT_BYTES)
      expect(promptVersionSchema.parse(document)).toEqual(document)
    }
  })

  it('added to a prepared store are new versions of prompts that it has', () => {
    const store = 20_000
    const stored = new Set(
      Array.from({ length: store }, (_, at) => JSON.stringify(storedNameAt(at, store))),
    )
    expect(stored.size).toBe(store)
    const prompts = new Set(
      [...stored].map((name) => (JSON.parse(name) as { promptId: string }).promptId),
    )
    expect(prompts.size).toBe(promptsOf(store))
    const added = Array.from({ length: 200 }, (_, at) => addedNameAt(at, store))
    expect(new Set(added.map((name) => JSON.stringify(name))).size).toBe(added.length)
    for (const name of added) {
      expect(prompts.has(name.promptId)).toBe(true)
      expect(stored.has(JSON.stringify(name))).toBe(false)
    }
  })
})

describe('quantiles', () => {
  it('are values that were measured, the longest included', () => {
    const values = Array.from({ length: 1000 }, (_, at) => 1000 - at)
    expect(quantiles(values)).toEqual({ p50: 501, p90: 901, p99: 991, p999: 1000, max: 1000 })
    expect(quantiles([7])).toEqual({ p50: 7, p90: 7, p99: 7, p999: 7, max: 7 })
  })
})

describe('options', () => {
  it('have defaults', () => {
    expect(parseOptions([])).toMatchObject({ quick: false, name: 'full', countSyscalls: true })
    expect(parseOptions(['--quick'])).toMatchObject({ quick: true, name: 'quick' })
    expect(parseOptions(['--help'])).toBeUndefined()
  })

  it('choose', () => {
    const options = parseOptions(['--subject', 'lmdb', '--group', 'cold', '--rounds', '3'])
    expect(options).toMatchObject({ subjects: ['lmdb'], groups: ['cold'], rounds: 3 })
  })

  it.each([
    [['--subject', 'x'], TypeError, /--subject must be one of .*got 'x'/],
    [['--group', 'x'], TypeError, /--group must be one of .*got 'x'/],
    [['--rounds', '0'], RangeError, /--rounds must be a whole number from 1 on, got '0'/],
    [['--run-ms', 'x'], RangeError, /--run-ms must be .*got 'x'/],
    [['--name', '../x'], TypeError, /--name must be .*got '..\/x'/],
  ] as const)('%j are refused', (argv, kind, message) => {
    expect(() => parseOptions(argv)).toThrow(kind)
    expect(() => parseOptions(argv)).toThrow(message)
  })
})
