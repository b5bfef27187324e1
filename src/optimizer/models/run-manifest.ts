import type { JsonObject } from '../../document/json.js'
import type { EvaluatorSpec } from '../evaluation/evaluator-spec.js'
import type { ConversationFlow } from './data-set.js'
import type { ExecutionPolicy, RateLimit } from './execution-policy.js'

/** One execution of a workflow: its inputs, and what is expected of the outputs. */
export interface TestCase {
  /** Unique in its manifest. */
  readonly id: string
  readonly inputs: JsonObject
  /** What an evaluator compares the answer with. */
  readonly expected?: unknown
  /** The name of the data set that it is from. */
  readonly dataset?: string | undefined
  readonly scenario?: string | undefined
  /** For a chatflow: the messages of the user, in their order. */
  readonly conversation_flow?: ConversationFlow | undefined
  readonly metadata?: JsonObject | undefined
}

/** Everything that the execution of one variant of one workflow needs. */
export interface RunManifest {
  /** The id of the workflow in the catalog. */
  readonly workflow_id: string
  readonly workflow_version?: string | undefined
  /** The variant that `dsl` is; null for the workflow as it is. */
  readonly variant_id: string | null
  /** The workflow's file with the patches of the variant. */
  readonly dsl: string
  readonly cases: readonly TestCase[]
  readonly execution_policy: ExecutionPolicy
  /** Null: no limit. */
  readonly rate_limits: RateLimit | null
  /** Scores the outputs; null where success is the only score. */
  readonly evaluator: EvaluatorSpec | null
  readonly metadata: JsonObject
}
