import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import type { Evaluator } from '../../../../src/optimizer/evaluation/case.js'
import { ExecutorService } from '../../../../src/optimizer/execution/executor-service.js'
import type { PromptPatch } from '../../../../src/optimizer/models/prompt-patch.js'
import { PromptPatchEngine } from '../../../../src/optimizer/patching/prompt-patch-engine.js'
import { checkTestPlan } from '../../../../src/optimizer/models/test-plan.js'
import { WorkflowCatalog } from '../../../../src/optimizer/models/workflow-catalog.js'
import {
  OptimizationLoop,
  type WinningVariant,
} from '../../../../src/optimizer/service/optimization-loop.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'
import { INPUTS, publishingRunner } from '../execution/bed-plan.js'

const EXAMPLES = join(import.meta.dirname, '../../../../examples/dify')
const CATALOG = new WorkflowCatalog(
  { workflows: [{ id: 'wf', dsl_path: 'translation_workflow.yml' }] },
  { directory: EXAMPLES },
)
const PLAN = checkTestPlan({
  workflows: [{ catalog_id: 'wf' }],
  test_data: {
    datasets: [
      {
        name: 'd',
        cases: ['One', 'Two', 'Three'].map((source_text) => ({
          inputs: { ...INPUTS, source_text },
        })),
      },
    ],
  },
  execution: { backoff_seconds: 0, retry_policy: { backoff_seconds: 0 } },
})
/** A heading before the system message of each node that asks a model. */
const FILE = join(EXAMPLES, 'translation_workflow.yml')
const PATCHES: readonly PromptPatch[] = parseDifyFile(readFileSync(FILE), FILE)
  .nodes.filter(({ type }) => type === 'llm')
  .map(({ id }) => ({ selector: { by_id: id }, strategy: { mode: 'prepend', content: '# Task' } }))
/** The simulated model reports whether its prompt had headings. */
const evaluator: Evaluator = {
  name: 'headings',
  evaluate: ({ outputs }) => {
    const isMet = JSON.stringify(outputs).includes('headings: yes')
    return Promise.resolve({ score: isMet ? 1 : 0, feedback: isMet ? '' : 'no headings' })
  },
}

function loopOn(bed: SimulatedDify, given: object = {}): OptimizationLoop {
  return new OptimizationLoop({
    optimizer: { optimizeWorkflow: () => Promise.resolve(PATCHES) },
    executor: new ExecutorService({ runner: publishingRunner(bed), evaluator }),
    catalog: CATALOG,
    plan: PLAN,
    patchEngine: new PromptPatchEngine(),
    ...given,
  })
}

describe('a closed loop', () => {
  it('runs the workflow as it is, then with the patches, and compares the same cases', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    const winners: WinningVariant[] = []
    const result = await loopOn(bed, {
      onWinner: (winner: WinningVariant) => winners.push(winner),
    }).runClosedLoop('wf')
    expect(result).toMatchObject({
      outcome: 'improved',
      baseline_score: 0,
      variant_score: 1,
      improvement: 1,
      patches: PATCHES,
      compared_cases: 3,
    })
    expect(result.variant?.avg_score ?? 0).toBeGreaterThanOrEqual(result.baseline.avg_score ?? 1)
    const versions = (await bed.runs()).map(({ workflow_id: id }) => id)
    expect(versions).toHaveLength(6)
    expect(new Set(versions).size).toBe(2)
    const own = await readFile(join(EXAMPLES, 'translation_workflow.yml'), 'utf8')
    expect(winners).toMatchObject([
      { workflow_id: 'wf', path: join(EXAMPLES, 'translation_workflow.yml') },
    ])
    expect(winners[0]?.dsl).not.toBe(own)
    expect(winners[0]?.dsl).toContain('# Task')
  })

  it('ends without a second execution when nothing is to be improved', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    const optimizer = { optimizeWorkflow: () => Promise.resolve([]) }
    expect(await loopOn(bed, { optimizer }).runClosedLoop('wf')).toMatchObject({
      outcome: 'no_patches',
      baseline_score: 0,
      variant_score: null,
      improvement: null,
    })
    expect(await bed.runs()).toHaveLength(3)
  })

  it('does not call a variant better whose cases ended in errors', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    await bed.fault({ kind: 'rate_limit_error', after: 3, times: 2 })
    const one = await loopOn(bed).runClosedLoop('wf')
    expect(one).toMatchObject({ compared_cases: 1, baseline_score: 0, variant_score: 1 })
    await bed.fault({ kind: 'rate_limit_error', times: 3 })
    expect(await loopOn(bed).runClosedLoop('wf')).toMatchObject({
      outcome: 'not_comparable',
      improvement: null,
      compared_cases: 0,
    })
  })

  it('needs a plan with the workflow, and ends with the signal', async () => {
    const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
    await expect(loopOn(bed).runClosedLoop('other')).rejects.toThrow(/no workflow 'other'/)
    const signal = AbortSignal.abort(new Error('no longer needed'))
    await expect(loopOn(bed).runClosedLoop('wf', { signal })).rejects.toThrow('no longer needed')
    expect(await bed.runs()).toHaveLength(0)
  })
})
