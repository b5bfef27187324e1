import { expect, it } from 'vitest'
import { TestCaseGenerator } from '../../../../src/optimizer/execution/test-case-generator.js'
import { checkTestPlan } from '../../../../src/optimizer/models/test-plan.js'

const PLAN = checkTestPlan({
  workflows: [
    { catalog_id: 'w1' },
    { catalog_id: 'w2', dataset_refs: ['small'] },
    { catalog_id: 'w3', enabled: false },
  ],
  test_data: {
    datasets: [
      {
        name: 'small',
        scenario: 'boundary',
        cases: [
          { inputs: { a: 1 }, expected: 'x' },
          { id: 'own', inputs: {} },
        ],
      },
      {
        name: 'combined',
        parameters: {
          tone: { type: 'enum', values: ['formal', 'friendly'] },
          length: { type: 'int', range: { min: 1, max: 3 } },
          strict: { type: 'bool' },
        },
      },
      {
        name: 'talk',
        conversation_flows: [
          { steps: [{ role: 'user', message: 'Hi' }], expected_outcome: 'Hello' },
        ],
      },
    ],
  },
})
const [SMALL, COMBINED, TALK] = PLAN.test_data.datasets as [never, never, never]

it('makes the cases of each workflow that is enabled, by the data sets that it names', () => {
  const all = new TestCaseGenerator().generateAllCases(PLAN)
  expect([...all.keys()]).toEqual(['w1', 'w2'])
  expect(all.get('w2')?.map(({ id }) => id)).toEqual(['small/1', 'own'])
  const ids = all.get('w1')?.map(({ id }) => id) ?? []
  expect(new Set(ids).size).toBe(ids.length)
})

it('keeps what a data set writes out, and says where a case is from', () => {
  const { cases, omitted } = new TestCaseGenerator().generateCases(SMALL)
  expect(cases[0]).toEqual({
    id: 'small/1',
    inputs: { a: 1 },
    expected: 'x',
    dataset: 'small',
    scenario: 'boundary',
  })
  expect(omitted).toBe(0)
  const [talk] = new TestCaseGenerator().generateCases(TALK).cases
  expect(talk).toMatchObject({ id: 'talk/conversation-1', expected: 'Hello' })
})

it('combines parameters in pairs or in full, or not at all', () => {
  const count = (mode: 'pairwise' | 'cartesian' | 'scenario_only') =>
    new TestCaseGenerator({ mode }).generateCases(COMBINED).cases.length
  expect([count('pairwise'), count('cartesian'), count('scenario_only')]).toEqual([6, 12, 0])
  const { cases } = new TestCaseGenerator({ mode: 'cartesian' }).generateCases(COMBINED)
  expect(cases[0]?.inputs).toEqual({ tone: 'formal', length: 1, strict: true })
  expect(cases.at(-1)?.inputs).toEqual({ tone: 'friendly', length: 3, strict: false })
  expect(new Set(cases.map(({ inputs }) => JSON.stringify(inputs))).size).toBe(12)
})

it('counts what its limit leaves out', () => {
  const limited = new TestCaseGenerator({ mode: 'cartesian', maxCases: 5 }).generateCases(COMBINED)
  expect([limited.cases.length, limited.omitted]).toEqual([5, 7])
})

it('combines only the dimensions that a data set names', () => {
  const dataset = { ...(COMBINED as object), pairwise_dimensions: ['tone', 'strict'] } as never
  const { cases } = new TestCaseGenerator({ mode: 'cartesian' }).generateCases(dataset)
  expect(cases.map(({ inputs }) => inputs['length'])).toEqual([1, 1, 1, 1])
})

it('refuses options that do not fit', () => {
  expect(() => new TestCaseGenerator({ mode: 'all' as never })).toThrow(/"mode" must be one of/)
  expect(() => new TestCaseGenerator({ maxCases: 0 })).toThrow(RangeError)
})
