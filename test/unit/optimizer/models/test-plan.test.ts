import { describe, expect, it } from 'vitest'
import { checkTestPlan, dataSetsOf } from '../../../../src/optimizer/models/test-plan.js'

const PLAN = {
  workflows: [
    {
      catalog_id: 'wf_001',
      dataset_refs: ['edge', 'normal'],
      prompt_optimization: [
        {
          variant_id: 'optimized_v1',
          description: 'Auto-generated optimization',
          weight: 1.0,
          nodes: [{ selector: { by_id: '1' }, strategy: { mode: 'replace', content: 'x' } }],
        },
      ],
    },
    { catalog_id: 'wf_002', prompt_optimization: null },
  ],
  test_data: { datasets: [{ name: 'normal' }, { name: 'edge' }] },
}

describe('checkTestPlan', () => {
  it('adds the defaults', () => {
    const plan = checkTestPlan({ workflows: [{ catalog_id: 'wf_001' }] })
    expect(plan).toMatchObject({
      workflows: [{ catalog_id: 'wf_001', enabled: true, weight: 1, prompt_optimization: [] }],
      test_data: { datasets: [], strategy: {} },
      execution: { concurrency: 1, stop_conditions: { timeout_per_task: 300 } },
    })
  })

  it('reads a plan with variants', () => {
    const [first, second] = checkTestPlan(PLAN).workflows
    expect(first?.prompt_optimization.map(({ variant_id }) => variant_id)).toEqual(['optimized_v1'])
    expect(second?.prompt_optimization).toEqual([])
  })

  it('names a data set that does not exist, and the one that is probably meant', () => {
    const workflows = [{ catalog_id: 'a', dataset_refs: ['norml'] }]
    expect(() => checkTestPlan({ ...PLAN, workflows }, 'plan.yaml')).toThrow(
      `plan.yaml: Key "workflows[0].dataset_refs[0]" is wrong: expected a data set of the plan (did you mean "normal"?), got 'norml'`,
    )
  })

  it.each([
    [{ test_data: { datasets: [{ name: 'a' }, { name: 'a' }] } }, 'test_data.datasets[1].name'],
    [{ test_data: { dataset: [] } }, 'did you mean "datasets"?'],
    [{ execution: { concurency: 1 } }, 'did you mean "concurrency"?'],
    [
      {
        workflows: [
          {
            catalog_id: 'a',
            prompt_optimization: [{ variant_id: 'v', nodes: [], fallback_variant: 'none' }],
          },
        ],
      },
      'expected a variant beside it',
    ],
  ])('refuses a wrong plan with the place of what is wrong: %j', (given, message) => {
    expect(() => checkTestPlan({ workflows: [], ...given })).toThrow(message)
  })
})

describe('the data sets of a workflow', () => {
  it('are those that it names, in that order, or all of the plan', () => {
    const plan = checkTestPlan(PLAN)
    const names = plan.workflows.map((entry) => dataSetsOf(plan, entry).map(({ name }) => name))
    expect(names).toEqual([
      ['edge', 'normal'],
      ['normal', 'edge'],
    ])
  })
})
