import { documentTime } from '../../base/clock.js'
import { wrongArgument } from '../../base/misuse.js'
import { functionOption, integerOption, rejectUnknown, shown } from '../../base/options.js'
import type { Prompt, PromptInput, TextPrompt } from '../../versions/prompts/prompt.js'
import {
  OPTIMIZATION_STRATEGIES,
  type OptimizationChange,
  type OptimizationResult,
  type OptimizationStrategy,
  type PromptAnalysis,
} from '../../versions/prompts/prompt-version.js'
import { PromptAnalyzer } from '../analysis/prompt-analyzer.js'
import { chatModel, signalOption, type ChatModel, type ChatRequest } from '../llm/chat-model.js'
import { ModelError } from '../llm/model-error.js'
import { OptimizationError } from '../optimization-error.js'
import { CLARITY_RULES } from './clarity-rules.js'
import { confidenceOf } from './confidence.js'
import { EFFICIENCY_RULES } from './efficiency-rules.js'
import { lineChanges, rewriteByModel, type ModelRewriting } from './model-rewriting.js'
import { syntaxOf } from './prompt-syntax.js'
import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { refusalOf } from './refusal.js'
import { applyRules, type RewritingRule } from './rewriting-rule.js'
import {
  checkScoringRules,
  selectStrategy,
  type RunMetrics,
  type ScoringRules,
} from './scoring-rules.js'
import { STRUCTURE_RULES } from './structure-rules.js'

/** What scores prompts. `PromptAnalyzer` is one. */
export interface Analyzer {
  analyzePrompt(prompt: PromptInput): PromptAnalysis
}

export interface EngineOptions {
  /** What scores the texts. Default: a `PromptAnalyzer`. */
  readonly analyzer?: Analyzer | undefined
  /** What the strategies `llm_guided`, `llm_clarity`, `llm_efficiency` and `hybrid` ask. Default: none. */
  readonly model?: ChatModel | undefined
  /** The thresholds of `auto`. */
  readonly scoringRules?: Partial<ScoringRules> | undefined
  /** The time that results get as `optimized_at`. Default: the system's. */
  readonly now?: (() => Date) | undefined
}

/** What one call may say. */
export interface OptimizeConfig {
  /** What runs have shown: decides about `auto`. */
  readonly metrics?: RunMetrics | undefined
  /** How often a model is asked for a text, until one is accepted. 1 to 20, default 3. */
  readonly proposalsMax?: number | undefined
  /** Temperature, seed, most tokens of requests to a model. Default: a temperature of 0. */
  readonly request?: Omit<ChatRequest, 'model' | 'messages'> | undefined
  readonly signal?: AbortSignal | undefined
}

type RuleStrategy = 'clarity_focus' | 'efficiency_focus' | 'structure_focus'

const RULES: Readonly<Record<RuleStrategy, readonly RewritingRule[]>> = {
  clarity_focus: CLARITY_RULES,
  efficiency_focus: EFFICIENCY_RULES,
  structure_focus: STRUCTURE_RULES,
}

interface Attempt {
  readonly text: string
  readonly changes: readonly OptimizationChange[]
  readonly refused: readonly string[]
  readonly answered?: ModelRewriting
}

/**
 * Rewrites prompts. Rules work without a model and change nothing when they are applied again; a model is asked only
 * where the strategy says so. Nothing that is protected is ever lost (`refusalOf`).
 *
 * @example
 * const result = await new OptimizationEngine().optimize(prompt, 'auto')
 */
export class OptimizationEngine {
  readonly #analyzer: Analyzer
  readonly #model: ChatModel | undefined
  readonly #rules: ScoringRules
  readonly #now: () => Date

  /** @throws TypeError or RangeError for a wrong option */
  constructor(options: EngineOptions = {}) {
    rejectUnknown(options, ['analyzer', 'model', 'scoringRules', 'now'], 'OptimizationEngine')
    this.#analyzer = options.analyzer ?? new PromptAnalyzer()
    this.#model = options.model === undefined ? undefined : chatModel('model', options.model)
    this.#rules = checkScoringRules(options.scoringRules)
    this.#now = functionOption('now', options.now, documentTime)
  }

  /**
   * Rewrites one text. The result has what came of it, better or not: `improvement_score` and `confidence` say how the
   * scores of the two texts differ. If nothing was found to change, the text is the same and `changes` is empty.
   *
   * @param strategy `auto` decides by the scores; docs/optimizer.md has the table
   * @throws OptimizationError OPT-OPT-001 for an unknown strategy, OPT-OPT-002 for a prompt of several messages;
   *   ModelError OPT-LLM-001 for a strategy that needs a model where none was given, or what the model fails with
   */
  async optimize(
    prompt: PromptInput,
    strategy: OptimizationStrategy = 'auto',
    config: OptimizeConfig = {},
  ): Promise<OptimizationResult> {
    checkStrategy(strategy)
    rejectUnknown(config, ['metrics', 'proposalsMax', 'request', 'signal'], 'optimize')
    const text = textOf(prompt)
    const before = this.#analyzer.analyzePrompt(prompt)
    const chosen =
      strategy === 'auto' ? selectStrategy(before, this.#rules, config.metrics) : strategy
    const attempt = await this.#rewrite(prompt, text, chosen, before, config)
    const after = this.#analyzer.analyzePrompt(withText(prompt, attempt.text))
    return {
      prompt_id: prompt.id,
      original_prompt: text,
      optimized_prompt: attempt.text,
      strategy: chosen,
      improvement_score: after.overall_score - before.overall_score,
      confidence: confidenceOf(before, after),
      changes: attempt.changes,
      metadata: metadataOf(before, after, strategy, attempt),
      optimized_at: this.#now().toISOString(),
    }
  }

  async #rewrite(
    prompt: PromptInput,
    text: string,
    strategy: OptimizationStrategy,
    analysis: PromptAnalysis,
    config: OptimizeConfig,
  ): Promise<Attempt> {
    const syntax = syntaxOf(prompt)
    if (isRuleStrategy(strategy)) return applyRules(text, syntax, RULES[strategy])
    const model = this.#requireModel(strategy)
    const rule = selectStrategy(analysis, this.#rules, config.metrics)
    const first = strategy === 'hybrid' ? applyRules(text, syntax, RULES[rule]) : UNCHANGED(text)
    const answered = await rewriteByModel(model, {
      text: first.text,
      syntax,
      strategy,
      analysis: this.#analyzer.analyzePrompt(withText(prompt, first.text)),
      proposalsMax: integerOption('proposalsMax', config.proposalsMax, PROPOSALS),
      request: config.request ?? { temperature: 0 },
      signal: signalOption({ signal: config.signal }, 'optimize'),
    })
    return { ...soundOf(text, syntax, first, answered, strategy), answered }
  }

  #requireModel(strategy: OptimizationStrategy): ChatModel {
    if (this.#model !== undefined) return this.#model
    throw new ModelError(
      'OPT-LLM-001',
      `The strategy ${strategy} asks a model, and the engine has none: pass the option "model"`,
      { context: { strategy } },
    )
  }
}

const PROPOSALS = { min: 1, max: 20, default: 3 }
const UNCHANGED = (text: string): Attempt => ({ text, changes: [], refused: [] })

/** Each step keeps what is protected, and the whole has to: two steps could lose a language by halves. */
function soundOf(
  text: string,
  syntax: TextSyntax,
  first: Attempt,
  answered: ModelRewriting,
  strategy: OptimizationStrategy,
): Attempt {
  if (refusalOf(text, answered.text, syntax).length > 0) return first
  const changes = [...first.changes, ...lineChanges(first.text, answered.text, strategy)]
  return { text: answered.text, changes, refused: first.refused }
}

function isRuleStrategy(strategy: OptimizationStrategy): strategy is RuleStrategy {
  return Object.hasOwn(RULES, strategy)
}

/** @throws OptimizationError OPT-OPT-001 */
export function checkStrategy(strategy: unknown): asserts strategy is OptimizationStrategy {
  if (OPTIMIZATION_STRATEGIES.some((known) => known === strategy)) return
  throw new OptimizationError(
    'OPT-OPT-001',
    `The strategy ${shown(strategy)} is unknown; known are ${OPTIMIZATION_STRATEGIES.join(', ')}`,
    { context: { known: OPTIMIZATION_STRATEGIES } },
  )
}

function textOf(prompt: unknown): string {
  if (typeof prompt !== 'object' || prompt === null)
    throw wrongArgument(`Argument "prompt" must be a prompt, got ${shown(prompt)}`)
  const { text, id } = prompt as Partial<Prompt>
  if (typeof text === 'string') return text
  throw new OptimizationError(
    'OPT-OPT-002',
    `Prompt ${shown(id)} has several messages: each has to be a prompt of its own to be rewritten`,
    { context: { prompt_id: String(id) } },
  )
}

/** The same prompt with another text. */
export function withText(prompt: PromptInput, text: string): PromptInput {
  return { ...(prompt as TextPrompt), text }
}

function metadataOf(
  before: PromptAnalysis,
  after: PromptAnalysis,
  requested: OptimizationStrategy,
  { answered, refused }: Attempt,
): OptimizationResult['metadata'] {
  return {
    original_score: before.overall_score,
    optimized_score: after.overall_score,
    original_clarity: before.clarity_score,
    optimized_clarity: after.clarity_score,
    original_efficiency: before.efficiency_score,
    optimized_efficiency: after.efficiency_score,
    requested_strategy: requested,
    strategy_type: answered === undefined ? 'rules' : 'model',
    rules_refused: [...refused],
    ...(answered === undefined
      ? {}
      : {
          model: answered.model,
          proposals: answered.proposals,
          proposals_refused: answered.refused.length,
          refusals: answered.refused.map((reasons) => reasons.map(({ reason }) => reason)),
          ...answered.usage,
        }),
  }
}
