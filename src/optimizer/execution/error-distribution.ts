import type { ErrorDistribution, TestResult } from '../models/test-result.js'

type Kind = Exclude<keyof ErrorDistribution, 'total_errors'>

/** Nodes that ask a model: their failures are failures of the model. */
const MODEL_NODES = ['llm', 'agent', 'question-classifier', 'parameter-extractor']
/** Codes for what the plan or its data got wrong. */
const INVALID = ['OPT-DIFY-005', 'OPT-EVAL-001', 'OPT-DATA-001']
/** Reasons that Dify gives when the model or its provider is at fault. */
const MODEL_REASONS = [
  'provider_not_initialize',
  'provider_quota_exceeded',
  'model_currently_not_support',
  'completion_request_error',
]

/** Failed results by the kind of their errors. A cancelled case is none. */
export function errorDistribution(results: readonly TestResult[]): ErrorDistribution {
  const kinds = results.map(kindOf).filter((kind) => kind !== undefined)
  const count = (kind: Kind): number => kinds.filter((one) => one === kind).length
  return {
    timeout_errors: count('timeout_errors'),
    api_errors: count('api_errors'),
    validation_errors: count('validation_errors'),
    llm_errors: count('llm_errors'),
    total_errors: kinds.length,
  }
}

function kindOf({ status, metadata, error_message: message }: TestResult): Kind | undefined {
  const { error_code: code, failed_node_type: type } = metadata
  if (status === 'timeout') return 'timeout_errors'
  if (status !== 'failed' && status !== 'error') return undefined
  if (isAmong(MODEL_NODES, type) || MODEL_REASONS.some((reason) => message?.includes(reason)))
    return 'llm_errors'
  return isAmong(INVALID, code) ? 'validation_errors' : 'api_errors'
}

function isAmong(list: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && list.includes(value)
}
