import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, shown } from '../../base/options.js'
import type { EnvConfig } from '../../config/env-config.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import type { ChatModel } from '../llm/chat-model.js'
import type { WorkflowCatalog } from '../models/workflow-catalog.js'
import type { Analyzer } from '../rewriting/optimization-engine.js'
import type { ScoringRules } from '../rewriting/scoring-rules.js'
import type { OptimizationSettings } from './optimization-settings.js'
import type { OptimizationEvent } from './optimization-report.js'
import type { WorkflowReader } from './workflow-reader.js'

/** A logger of the form of pino: an object with fields, then the message. */
export interface OptimizerLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

export interface OptimizerServiceOptions {
  /** The workflows. */
  readonly catalog: WorkflowCatalog
  /** Where the workflows' files are, which store is used, and what counts as better. Default: the catalog's directory,
   * no store, the defaults. */
  readonly env?: EnvConfig | undefined
  /** Where versions are kept. It wins over that of `env`, and stays open when the service closes. */
  readonly storage?: VersionStorage<PromptVersion> | undefined
  /** What the strategies of models ask. Default: none. */
  readonly model?: ChatModel | undefined
  /** What scores prompts. Default: a `PromptAnalyzer`. */
  readonly analyzer?: Analyzer | undefined
  /** What reads the workflows' files. Default: that of Dify's files. */
  readonly reader?: WorkflowReader | undefined
  /** What counts as better. It wins over that of `env`. */
  readonly optimization?: OptimizationSettings | undefined
  /** When prompts are optimized, and with which strategy. */
  readonly scoringRules?: Partial<ScoringRules> | undefined
  /** Default: none. */
  readonly logger?: OptimizerLogger | undefined
  /** Called with what happens, in order. What it throws ends the call. */
  readonly onEvent?: ((event: OptimizationEvent) => void) | undefined
  /** The time of analyses, results and versions. Default: the system's. */
  readonly now?: (() => Date) | undefined
}

const NAMES = [
  'catalog',
  'env',
  'storage',
  'model',
  'analyzer',
  'reader',
  'optimization',
  'scoringRules',
  'logger',
  'onEvent',
  'now',
]

/** @throws TypeError that names the option */
export function checkServiceOptions(given: OptimizerServiceOptions): OptimizerServiceOptions {
  if (typeof given !== 'object' || given === null)
    throw wrongArgument(`Options of OptimizerService must be an object, got ${shown(given)}`)
  rejectUnknown(given, NAMES, 'OptimizerService')
  requireMethod('catalog', given.catalog, 'getWorkflow', 'a WorkflowCatalog')
  optionalMethod('storage', given.storage, 'saveVersion', 'a VersionStorage')
  optionalMethod('analyzer', given.analyzer, 'analyzePrompt', 'a PromptAnalyzer')
  optionalMethod('reader', given.reader, 'extractFromWorkflow', 'a reader of workflows')
  optionalMethod('logger', given.logger, 'info', 'a logger with info, warn and error')
  if (given.onEvent !== undefined && typeof given.onEvent !== 'function')
    throw wrongArgument(`Option "onEvent" must be a function, got ${shown(given.onEvent)}`)
  return given
}

function optionalMethod(name: string, given: unknown, method: string, expected: string): void {
  if (given !== undefined) requireMethod(name, given, method, expected)
}

function requireMethod(name: string, given: unknown, method: string, expected: string): void {
  const isObject = typeof given === 'object' && given !== null
  if (isObject && typeof Reflect.get(given, method) === 'function') return
  throw wrongArgument(`Option "${name}" must be ${expected}, got ${shown(given)}`)
}
