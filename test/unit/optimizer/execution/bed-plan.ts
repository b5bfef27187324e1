import {
  DifyClient,
  DifyConsole,
  type DifyClientOptions,
} from '../../../../src/dify/service/index.js'
import { DifyRunner, publishWith } from '../../../../src/optimizer/execution/dify-runner.js'
import { checkTestPlan } from '../../../../src/optimizer/models/test-plan.js'
import type { RunManifest, TestCase } from '../../../../src/optimizer/models/run-manifest.js'
import type { SimulatedDify } from '../../../support/simulated-dify.js'

/** Inputs of examples/dify/translation_workflow.yml. */
export const INPUTS = {
  source_lang: 'English',
  target_lang: 'Spanish',
  source_text: 'Hello',
  country: 'Mexico',
}

export function cases(count: number): TestCase[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `c${at + 1}`,
    inputs: { ...INPUTS, source_text: `Text ${at + 1}` },
    dataset: 'texts',
  }))
}

/** A manifest without pauses, for the file that the bed has already. */
export function manifestOf(
  given: Partial<RunManifest> & { readonly execution?: object },
): RunManifest {
  const { execution, ...rest } = given
  const plan = checkTestPlan({
    workflows: [],
    execution: { backoff_seconds: 0, retry_policy: { backoff_seconds: 0 }, ...execution },
  })
  return {
    workflow_id: 'translation',
    variant_id: null,
    dsl: '',
    cases: cases(1),
    execution_policy: plan.execution,
    rate_limits: null,
    evaluator: null,
    metadata: {},
    ...rest,
  }
}

export function clientOf(
  bed: SimulatedDify,
  retry: DifyClientOptions['retry'] = false,
): DifyClient {
  return new DifyClient({ baseUrl: bed.url, apiKey: bed.app.key, retry, pollMs: 5 })
}

export function consoleOf(bed: SimulatedDify): DifyConsole {
  const { console: baseUrl, token: accessToken, csrf: csrfToken } = bed.addresses
  return new DifyConsole({ baseUrl, accessToken, csrfToken })
}

/** Runs what is published, and publishes what is not. */
export function publishingRunner(
  bed: SimulatedDify,
  retry: DifyClientOptions['retry'] = false,
): DifyRunner {
  return new DifyRunner({
    client: clientOf(bed, retry),
    publish: publishWith(consoleOf(bed), bed.app.id),
  })
}
