import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DifyRunner } from '../../../../src/optimizer/execution/dify-runner.js'
import type { EvaluatorSpec } from '../../../../src/optimizer/evaluation/evaluator-spec.js'
import { evaluatorOf } from '../../../../src/optimizer/evaluation/evaluators.js'
import {
  ExecutorService,
  type ExecutorServiceOptions,
} from '../../../../src/optimizer/execution/executor-service.js'
import type { TestResult } from '../../../../src/optimizer/models/test-result.js'
import { answeringModel } from '../../../support/chat-model.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'
import { cases, clientOf, manifestOf } from './bed-plan.js'

let bed: SimulatedDify
beforeAll(async () => {
  bed = await simulatedDify({ files: ['translation_workflow.yml'] })
})
beforeEach(async () => {
  await bed.clear()
})

const service = (options: Partial<ExecutorServiceOptions> = {}): ExecutorService =>
  new ExecutorService({ runner: new DifyRunner({ client: clientOf(bed) }), ...options })
const statuses = (results: readonly TestResult[]) => results.map(({ status }) => status)

describe('a manifest', () => {
  it('becomes a result for each case, with outputs, tokens and cost', async () => {
    const seen: string[] = []
    const manifest = manifestOf({ cases: cases(4), execution: { concurrency: 2, batch_size: 3 } })
    const results = await service().executeTestPlan(manifest, {
      onResult: ({ result, run }) => {
        seen.push(result.case_id)
        expect(run?.traces.length).toBeGreaterThan(3)
      },
    })
    expect(results.map(({ case_id: id }) => id)).toEqual(['c1', 'c2', 'c3', 'c4'])
    expect(seen.sort()).toEqual(['c1', 'c2', 'c3', 'c4'])
    for (const result of results) {
      expect(result).toMatchObject({ status: 'succeeded', score: 1, dataset: 'texts' })
      expect(Object.keys(result.outputs)).not.toEqual([])
      expect(result.tokens_used).toBeGreaterThan(0)
      expect(result.cost).toBe(Number(result.metadata['exact_cost']))
      expect(result.cost).toBeGreaterThan(0)
    }
    const runs = await bed.runs()
    expect(results.map(({ metadata }) => metadata['run_id'])).toEqual(
      expect.arrayContaining(runs.slice(-4).map(({ id }) => id)),
    )
  })

  it('whose caller aborts has cancelled results for what did not end, and stops what runs', async () => {
    await bed.fault({ kind: 'stays_running', after: 1, times: 9 })
    const controller = new AbortController()
    const results = await service().executeTestPlan(manifestOf({ cases: cases(3) }), {
      signal: controller.signal,
      onResult: () => void setTimeout(() => controller.abort(), 100),
    })
    expect(statuses(results)).toEqual(['succeeded', 'cancelled', 'cancelled'])
    expect(results[2]).toMatchObject({ metadata: { stopped_by: 'caller', attempts: 0 } })
    expect(results[2]).not.toHaveProperty('score')
    expect((await bed.runs()).at(-1)?.status).toBe('stopped')
  })

  it('ends after the failures that its policy allows', async () => {
    await bed.fault({ kind: 'rate_limit_error', times: 9 })
    const execution = { stop_conditions: { max_failures: 2 } }
    const results = await service().executeTestPlan(manifestOf({ cases: cases(4), execution }))
    expect(statuses(results)).toEqual(['error', 'error', 'cancelled', 'cancelled'])
    expect(await bed.requests()).toHaveLength(3)
  })
})

describe('the evaluator of a manifest', () => {
  const evaluator: EvaluatorSpec = { type: 'contains', values: ['headings: yes', 'digest: '] }

  it('scores the outputs, unless the service has one of its own', async () => {
    const manifest = manifestOf({ cases: cases(2), evaluator })
    const results = await service().executeTestPlan(manifest)
    expect(results.map(({ score }) => score)).toEqual([0.5, 0.5])
    expect(results[0]?.metadata['feedback']).toMatch(/headings: yes/)
    const own = service({ evaluator: evaluatorOf({ type: 'regex', pattern: 'digest: \\w+' }) })
    expect((await own.executeTestPlan(manifest)).map(({ score }) => score)).toEqual([1, 1])
  })

  it('may be a judge, which asks the model of the service', async () => {
    const model = answeringModel(() => JSON.stringify({ score: 0.75, reason: 'too short' }))
    const judge = manifestOf({ evaluator: { type: 'llm_judge', criteria: 'It is polite.' } })
    const [result] = await service({ model }).executeTestPlan(judge)
    expect(result).toMatchObject({ score: 0.75, metadata: { feedback: 'too short' } })
    expect(model.requests).toHaveLength(1)
    await expect(service().executeTestPlan(judge)).rejects.toThrow(/"llm_judge" needs .* "model"/)
    expect(() => service({ model: {} as never })).toThrow('"model" must be a ChatModel')
  })

  it('that is wrong is refused with its place, before anything runs', async () => {
    const before = (await bed.runs()).length
    const wrong = manifestOf({ evaluator: { ...evaluator, vales: [] } as never })
    await expect(service().executeTestPlan(wrong)).rejects.toThrow(
      'Unknown key "vales" of manifest.evaluator; did you mean "values"?',
    )
    expect(await bed.runs()).toHaveLength(before)
  })
})

describe('an execution', () => {
  it('fails where nothing can be run at all, and where the caller fails', async () => {
    const manifest = manifestOf({ variant_id: 'v1' })
    await expect(service().executeTestPlan(manifest)).rejects.toThrow(
      /must name a published version/,
    )
    const onResult = () => Promise.reject(new Error('the disk is full'))
    await expect(service().executeTestPlan(manifestOf({}), { onResult })).rejects.toThrow(
      'disk is full',
    )
  })

  it('refuses unknown options', async () => {
    expect(() => new ExecutorService({ runer: 1 } as never)).toThrow(/did you mean "runner"/)
    const run = service().executeTestPlan(manifestOf({}), { onresult: 1 } as never)
    await expect(run).rejects.toThrow(/did you mean "onResult"/)
  })
})
