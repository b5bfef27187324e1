import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DifyRunner } from '../../../../src/optimizer/execution/dify-runner.js'
import { RunExecutor } from '../../../../src/optimizer/execution/run-executor.js'
import type { Evaluator } from '../../../../src/optimizer/evaluation/case.js'
import { ModelError } from '../../../../src/optimizer/llm/model-error.js'
import type { TestResult } from '../../../../src/optimizer/models/test-result.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'
import { cases, clientOf, manifestOf } from './bed-plan.js'

let bed: SimulatedDify
let modelNode = ''
beforeAll(async () => {
  bed = await simulatedDify({ files: ['translation_workflow.yml'] })
  const { traces } = await clientOf(bed).run({ inputs: cases(1)[0]?.inputs ?? {} })
  modelNode = traces.find(({ node_type: type }) => type === 'llm')?.node_id ?? ''
})
beforeEach(async () => {
  await bed.clear()
})

async function executed(execution: object = {}, evaluator?: Evaluator): Promise<TestResult> {
  const manifest = manifestOf({ variant_id: null, execution })
  const workflow = await new DifyRunner({ client: clientOf(bed) }).prepare(manifest)
  const executor = new RunExecutor(manifest, workflow, {
    policy: manifest.execution_policy,
    evaluator,
    promptIdOf: (node) => `prompt-of-${node}`,
  })
  const { result } = await executor.execute(manifest.cases[0] as never)
  return result
}

const evaluator = (evaluate: Evaluator['evaluate']): Evaluator => ({ name: 'own', evaluate })

describe('a case', () => {
  it('whose run takes too long is stopped when its time is over, and not at the end of the run', async () => {
    await bed.fault({ kind: 'stays_running' })
    const result = await executed({ stop_conditions: { timeout_per_task: 0.2 } })
    expect(result).toMatchObject({
      status: 'timeout',
      metadata: { error_code: 'OPT-DIFY-006', run_status: 'stopped' },
    })
    expect(result).not.toHaveProperty('score')
    expect((await bed.runs()).at(-1)?.status).toBe('stopped')
  })

  it('that Dify reports as failed has the score 0, its node and the prompt there', async () => {
    await bed.fault({ kind: 'failed', node: modelNode })
    expect(await executed()).toMatchObject({
      status: 'failed',
      score: 0,
      error_message: 'Simulated failure',
      metadata: {
        failed_node_id: modelNode,
        failed_node_type: 'llm',
        prompt_id: `prompt-of-${modelNode}`,
        attempts: 1,
      },
    })
  })

  it('that fails temporarily is tried again, and what all attempts cost is added', async () => {
    await bed.fault({ kind: 'internal_server_error' }, { kind: 'html_502', after: 1 })
    expect(await executed()).toMatchObject({ status: 'succeeded', metadata: { attempts: 3 } })
  })

  it('that fails for good is not tried again', async () => {
    await bed.fault({ kind: 'rate_limit_error', times: 9 })
    expect(await executed()).toMatchObject({
      status: 'error',
      metadata: { attempts: 1, error_code: 'OPT-DIFY-003' },
    })
  })

  it('whose key is refused ends the execution: it would be refused for every other one', async () => {
    await bed.fault({ kind: 'unauthorized' })
    await expect(executed()).rejects.toMatchObject({ code: 'OPT-DIFY-004' })
    const judge = evaluator(() => Promise.reject(new ModelError('OPT-LLM-009', 'a wrong key')))
    await expect(executed({}, judge)).rejects.toMatchObject({ code: 'OPT-LLM-009' })
  })

  it('is tried again for the kinds of errors that the policy names, as often as it says', async () => {
    await bed.fault({ kind: 'failed', node: modelNode, times: 9 })
    const retry_policy = { max_attempts: 2, backoff_seconds: 0, retry_on_errors: ['failed'] }
    const once = await executed({ retry_policy: { ...retry_policy, max_attempts: 1 } })
    const twice = await executed({ retry_policy })
    expect(twice).toMatchObject({ status: 'failed', metadata: { attempts: 2 } })
    // Both attempts used tokens before the node that failed, or none did.
    expect(twice.tokens_used).toBe(2 * once.tokens_used)
  })

  it('has the score of its evaluator, and what that says', async () => {
    const scored = evaluator(({ outputs, testCase }) =>
      Promise.resolve({
        score: 'output' in outputs && testCase.id === 'c1' ? 0.25 : 0,
        feedback: 'too short',
      }),
    )
    expect(await executed({}, scored)).toMatchObject({
      score: 0.25,
      metadata: { feedback: 'too short' },
    })
  })

  it('that cannot be scored is an error with its outputs, not a score of 0', async () => {
    const result = await executed(
      {},
      evaluator(() => Promise.reject(new Error('no judge'))),
    )
    expect(result).toMatchObject({ status: 'error', error_message: 'no judge' })
    expect(result.outputs).not.toEqual({})
    expect(result.tokens_used).toBeGreaterThan(0)
    expect(result).not.toHaveProperty('score')
  })

  it('that does not begin is cancelled, says why, and has no score', async () => {
    const manifest = manifestOf({})
    const workflow = await new DifyRunner({ client: clientOf(bed) }).prepare(manifest)
    const executor = new RunExecutor(manifest, workflow, { policy: manifest.execution_policy })
    const skipped = executor.skipped(manifest.cases[0] as never, 'max_failures')
    expect(skipped).toMatchObject({
      status: 'cancelled',
      error_message: 'The case did not begin: max_failures',
      metadata: { stopped_by: 'max_failures', attempts: 0 },
    })
    expect(skipped).not.toHaveProperty('score')
  })
})
