import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InMemoryStorage } from '../../../../src/index.js'
import type { EvaluatorSpec } from '../../../../src/optimizer/evaluation/evaluator-spec.js'
import { DataCollector } from '../../../../src/optimizer/execution/data-collector.js'
import { ExecutorService } from '../../../../src/optimizer/execution/executor-service.js'
import { checkTestPlan } from '../../../../src/optimizer/models/test-plan.js'
import { PromptPatchEngine } from '../../../../src/optimizer/patching/prompt-patch-engine.js'
import { MetricsDrivenOptimizer } from '../../../../src/optimizer/service/metrics-driven-optimizer.js'
import {
  OptimizationLoop,
  type WinningVariant,
} from '../../../../src/optimizer/service/optimization-loop.js'
import { OptimizerService } from '../../../../src/optimizer/service/optimizer-service.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'
import { publishingRunner } from '../execution/bed-plan.js'
import { WORKFLOW_DIRECTORY } from '../workflow-files.js'
import { realCatalog } from './catalogs.js'

const FILE = 'SEO Slug Generator.yml'
const MODEL_NODE = '1721110597868'
const WORKFLOW = 'wf_1'
const TITLES = ['Ten ways to bake bread', 'How tides work', 'A short history of glass']
const PLAN = checkTestPlan({
  workflows: [{ catalog_id: WORKFLOW }],
  test_data: {
    datasets: [{ name: 'titles', cases: TITLES.map((title) => ({ inputs: { title } })) }],
  },
  execution: { backoff_seconds: 0, retry_policy: { max_attempts: 1 } },
})
/** The model of the bed reports what its prompt has; the score is the share of these that it has. */
const EVALUATOR: EvaluatorSpec = {
  type: 'contains',
  values: ['headings: yes', 'lists: yes', 'example: yes'],
}

describe('the service, the executor and the collector in one loop', () => {
  it('OP-15: optimize a real workflow, whose variant scores no less than the baseline', async () => {
    const bed = await simulatedDify({ files: [FILE] })
    const { service, storage } = serviceOf()
    const collector = new DataCollector()
    const winners: WinningVariant[] = []
    const loop = loopOn(bed, service, (winner) => void winners.push(winner))
    const result = await loop.runClosedLoop(WORKFLOW, {
      onResult: ({ result: one }) => collector.collectResult(one),
    })
    expect(result).toMatchObject({ outcome: 'improved', compared_cases: TITLES.length })
    expect(result.patches.length).toBeGreaterThan(0)
    expect(result.variant_score).toBeGreaterThanOrEqual(result.baseline_score ?? Infinity)
    const groups = collector.byVariant()
    expect([...groups.keys()]).toEqual(['baseline', 'optimized_v1'])
    expect(groups.get('baseline')).toEqual(result.baseline)
    expect(groups.get('optimized_v1')).toEqual(result.variant)
    const published = (await bed.runs()).map(({ workflow_id: id }) => id)
    expect(published).toHaveLength(2 * TITLES.length)
    expect(new Set(published).size).toBe(2)
    // What won is the file with the text of the version that the service kept, and nothing else.
    const kept = await storage.getLatestVersion(`${WORKFLOW}_${MODEL_NODE}_0`)
    expect(result.patches.map(({ strategy }) => strategy.content)).toEqual([kept?.prompt.text])
    expect(winners.map(({ path }) => path)).toEqual([join(WORKFLOW_DIRECTORY, FILE)])
    expect(winners[0]?.dsl).toContain('## Task Instructions')
    expect(winners[0]?.dsl).not.toBe(await readFile(join(WORKFLOW_DIRECTORY, FILE), 'utf8'))
  })

  it('end with the signal while the prompts are optimized', async () => {
    const bed = await simulatedDify({ files: [FILE] })
    const controller = new AbortController()
    const storage = new InMemoryStorage()
    const service = new OptimizerService({
      catalog: realCatalog(FILE),
      storage,
      onEvent: ({ type }) => {
        if (type === 'extracted') controller.abort(new Error('no longer needed'))
      },
    })
    const { signal } = controller
    await expect(loopOn(bed, service).runClosedLoop(WORKFLOW, { signal })).rejects.toThrow(
      'no longer needed',
    )
    expect(await storage.listPromptIds()).toEqual([])
    expect(await bed.runs()).toHaveLength(TITLES.length)
  })

  it('optimize the prompt that the failed results name, by the metrics of the collector', async () => {
    const bed = await simulatedDify({ files: [FILE] })
    await bed.fault({ kind: 'failed', node: MODEL_NODE, times: 2 })
    const { service } = serviceOf()
    const promptId = `${WORKFLOW}_${MODEL_NODE}_0`
    const executor = new ExecutorService({
      runner: publishingRunner(bed),
      promptIdOf: (node) => (node === MODEL_NODE ? promptId : undefined),
    })
    const collector = new DataCollector()
    const optimizer = new MetricsDrivenOptimizer({ optimizer: service, collector })
    const { baseline } = await loopOn(bed, service, undefined, executor).runClosedLoop(WORKFLOW, {
      onResult: ({ result }) => {
        if (result.prompt_variant === undefined) collector.collectResult(result)
      },
    })
    expect(baseline).toMatchObject({ success_count: 1, failed_count: 2, avg_score: 0 })
    expect(collector.aggregateMetrics(collector.results())).toEqual(baseline)
    const patches = await optimizer.optimizeBasedOnResults(WORKFLOW, collector.results())
    expect(patches.map(({ selector }) => selector.by_id)).toEqual([MODEL_NODE])
    const interventions = []
    for await (const one of optimizer.watch(WORKFLOW, following(collector), { resultsMin: 3 }))
      interventions.push(one)
    expect(interventions).toMatchObject([
      { reasons: ['too few runs of the workflow succeed'], metrics: baseline },
    ])
  })
})

async function* following(collector: DataCollector) {
  yield* collector.results()
}

function serviceOf(): { readonly service: OptimizerService; readonly storage: InMemoryStorage } {
  const storage = new InMemoryStorage()
  return { service: new OptimizerService({ catalog: realCatalog(FILE), storage }), storage }
}

function loopOn(
  bed: SimulatedDify,
  optimizer: OptimizerService,
  onWinner?: (winner: WinningVariant) => void,
  executor = new ExecutorService({ runner: publishingRunner(bed) }),
): OptimizationLoop {
  return new OptimizationLoop({
    optimizer,
    executor,
    catalog: realCatalog(FILE),
    plan: PLAN,
    patchEngine: new PromptPatchEngine(),
    onWinner,
    evaluator: EVALUATOR,
  })
}
