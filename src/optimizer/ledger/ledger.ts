import { hash } from 'node:crypto'
import { clearTimeout, monotonicMs, setTimeout } from '../../base/clock.js'
import { HoldfastError, isHoldfastError } from '../../base/errors.js'
import { Lifecycle } from '../../base/lifecycle.js'
import { wrongArgument } from '../../base/misuse.js'
import { choice, flag, rejectUnknown, shown, text } from '../../base/options.js'
import { canonicalJson } from '../../document/checksum.js'
import { freezeJson } from '../../document/freeze-json.js'
import type { JsonObject, JsonValue } from '../../document/json.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import { ExperimentError } from '../experiment-error.js'
import type { ChatAnswer, ChatModel, ChatRequest } from '../llm/chat-model.js'
import { Budget, checkLimits, checkPrices, overBudget, type Price } from './budget.js'
import { chatCost, chatWorstCase } from './chat-cost.js'
import { EntryLog, type NewEntry } from './entry-log.js'
import type { BudgetLimits, Cost, LedgerDocument } from './ledger-entry.js'
import {
  costOf,
  LedgerState,
  reportOf,
  type LedgerReport,
  type RequestState,
} from './ledger-state.js'

/** How a ledger is opened. */
export interface LedgerOptions {
  /** Any storage of versions with the schema `ledgerSchema`. The ledger does not close it. */
  readonly storage: VersionStorage<LedgerDocument, LedgerDocument>
  /** The name of the run; the same name continues the run. */
  readonly run: string
  /** What the run is about: algorithm, models, seeds, digests of data. A run is continued with the same only. */
  readonly settings?: JsonObject | undefined
  readonly budget?: BudgetLimits | undefined
  /** By model; needed for a budget in money. */
  readonly prices?: Readonly<Record<string, Price>> | undefined
  /** 'replay' answers from what was recorded alone, and writes nothing; 'record' by default. */
  readonly mode?: 'record' | 'replay' | undefined
  /** Whether requests whose outcome was a failure are sent again; false by default. */
  readonly retryFailures?: boolean | undefined
}

/** Which of several equal requests it is. */
export interface RequestPlace {
  /** From 0; 0 by default. */
  readonly repeat?: number | undefined
  /** From 0; 0 by default. */
  readonly attempt?: number | undefined
}

/** A request to a service, as data: its digest is its identity. */
export interface LedgerRequest extends RequestPlace {
  /** Such as 'chat' or 'dify'. */
  readonly kind: string
  readonly request: JsonObject
  /** The most that it can cost; nothing by default. */
  readonly worstCase?: Cost | undefined
}

/** The answer of a service, and what it has cost; without a cost, the worst case counts. */
export interface Performed<Answer> {
  readonly answer: Answer
  readonly cost?: Cost | undefined
}

/** How a request is made. */
export interface LedgerWork<Answer> {
  /**
   * Sends it.
   * @param started records the ids by which the outcome can be looked up, once the service has given them
   * @param again records that it is sent again after a temporary failure; false: the budget does not pay for that
   */
  readonly perform: (
    signal: AbortSignal,
    started: (ids: JsonObject) => Promise<void>,
    again: (failureCode: string) => Promise<boolean>,
  ) => Promise<Performed<Answer>>
  /** Looks an outcome up; undefined if the service does not know it (any more), and so the request is sent again. */
  readonly lookUp?: (ids: JsonObject, signal: AbortSignal) => Promise<Performed<Answer> | undefined>
}

const OPTIONS = ['storage', 'run', 'settings', 'budget', 'prices', 'mode', 'retryFailures']
/** An endpoint that refuses a request does not charge for it. */
const FREE_FAILURES = new Set(['OPT-LLM-004', 'OPT-LLM-005'])
const NOTHING: Cost = { tokens: 0, money: 0 }

/**
 * Keeps every request of a run and its answer as durable documents: the intent before the request is sent, the answer
 * before it is used. After a crash at any moment, the same program answers from the ledger what was answered before, and
 * sends again at most what was under way. So a run that is resumed ends as one that was never interrupted, and a replay
 * without any network gives the same report.
 *
 * @example
 * const ledger = await Ledger.open({ storage, run: 'first', budget: { calls: 500 } })
 * const model = ledger.model(new OpenAiChatModel({ baseUrl, model: 'small' }))
 */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #log: EntryLog
  readonly #state: LedgerState
  readonly #budget: Budget
  readonly #underWay = new Map<string, Promise<unknown>>()
  readonly #lifecycle: Lifecycle
  readonly #deadline = new AbortController()
  readonly #openedMs = monotonicMs()
  readonly #elapsedBefore: number
  #timer: NodeJS.Timeout | undefined

  private constructor(options: LedgerOptions, log: EntryLog, state: LedgerState) {
    this.#options = options
    this.#log = log
    this.#state = state
    this.#elapsedBefore = state.elapsedSeconds
    this.#budget = new Budget(options.budget ?? {})
    this.#lifecycle = new Lifecycle(() => wrongArgument('The ledger is closed'))
    for (const request of state.requests.values())
      this.#budget.add(costOf(request), request.intents.length)
  }

  /**
   * Opens the ledger of a run, and begins it if there is none.
   *
   * @throws TypeError or RangeError for a wrong option; ExperimentError OPT-LEDGER-001 for a run with other settings or
   * with a damaged entry, OPT-LEDGER-002 when another process writes it, OPT-REPLAY-001 when there is nothing to replay;
   * StorageError as the storage says
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    rejectUnknown(options, OPTIONS, 'Ledger.open')
    const mode = choice(['record', 'replay'])('mode', options.mode ?? 'record')
    const settings = freezeJson(options.settings ?? {}, 'settings')
    const run = text('run', options.run)
    const budget = checkLimits(options.budget)
    const prices = checkPrices(options.prices ?? {})
    const retryFailures = flag('retryFailures', options.retryFailures ?? false)
    const log = new EntryLog(options.storage, run)
    const state = new LedgerState()
    for (const entry of await log.load()) state.add(entry)
    checkSettings(run, state, settings, mode)
    const checked = { ...options, run, settings, budget, prices, mode, retryFailures }
    const ledger = new Ledger(checked, log, state)
    if (mode === 'record') await ledger.#begin(settings)
    return ledger
  }

  /** What is left of the budget; undefined where there is no limit. */
  get left(): BudgetLimits {
    const { limits, spent } = this.#budget
    const leftOf = (kind: keyof BudgetLimits, used: number): number | undefined =>
      limits[kind] === undefined ? undefined : Math.max(0, limits[kind] - used)
    return {
      calls: leftOf('calls', spent.calls),
      tokens: leftOf('tokens', spent.tokens),
      money: leftOf('money', spent.money),
      seconds: leftOf('seconds', this.#elapsedSeconds()),
    }
  }

  /** What was recorded; the same after a replay. */
  report(): LedgerReport {
    return reportOf(this.#options.run, this.#state)
  }

  /** The model, with each answer recorded. Equal requests of the same place have one answer. */
  model(model: ChatModel, place: RequestPlace = {}): ChatModel {
    return {
      name: model.name,
      complete: async (request, options) =>
        await this.#ask(model, { request, place }, options?.signal),
    }
  }

  /**
   * Returns the recorded answer of a request, or makes the request and records its answer first.
   *
   * @throws ExperimentError OPT-BUDGET-001 when it could exceed the budget: then it is not sent; OPT-REPLAY-001 when a
   * replay has no answer; the recorded failure; what `perform` throws; the signal's reason
   */
  async run<Answer>(
    request: LedgerRequest,
    work: LedgerWork<Answer>,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const place = { repeat: request.repeat ?? 0, attempt: request.attempt ?? 0 }
    const data = freezeJson(request.request, 'request')
    const key = hash('sha256', canonicalJson({ kind: request.kind, request: data, ...place }))
    const known = this.#underWay.get(key)
    if (known !== undefined) return (await known) as Answer
    const answer = this.#lifecycle.run(
      async () => await this.#outcome({ ...request, ...place, request: data }, key, work, signal),
    )
    this.#underWay.set(key, answer)
    try {
      return await answer
    } finally {
      this.#underWay.delete(key)
    }
  }

  /** Waits for the requests under way. The storage stays open. */
  async close(): Promise<void> {
    await this.#lifecycle.close(async () => {
      clearTimeout(this.#timer)
      await Promise.resolve()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #begin(settings: JsonObject): Promise<void> {
    const { limits } = this.#budget
    const elapsed = this.#elapsedSeconds()
    this.#state.add(
      await this.#log.append({
        type: 'session',
        settings,
        budget: limits,
        elapsed_seconds: elapsed,
      }),
    )
    if (limits.seconds === undefined) return
    const leftMs = Math.min(Math.max(0, limits.seconds - elapsed) * 1000, 2 ** 31 - 1)
    const facts = { limit: limits.seconds, spent: limits.seconds, needed: 0 }
    this.#timer = setTimeout(() => this.#deadline.abort(overBudget('seconds', facts)), leftMs)
    this.#timer.unref()
  }

  async #ask(
    model: ChatModel,
    asked: { readonly request: ChatRequest; readonly place: RequestPlace },
    signal: AbortSignal | undefined,
  ): Promise<ChatAnswer> {
    const { request, place } = asked
    const { prices = {} } = this.#options
    const worstCase = chatWorstCase(request, this.#budget, prices)
    const work: LedgerWork<ChatAnswer> = {
      perform: async (either, _started, again) => {
        const answer = await model.complete(request, { signal: either, onRetry: again })
        const cost = chatCost(request, answer, prices)
        return { answer, ...(cost === undefined ? {} : { cost }) }
      },
    }
    const data = { ...request } as unknown as JsonObject
    return await this.run({ kind: 'chat', request: data, worstCase, ...place }, work, signal)
  }

  async #outcome<Answer>(
    request: PlacedRequest,
    key: string,
    work: LedgerWork<Answer>,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const state = this.#state.requests.get(key)
    const outcome = state?.outcome
    if (outcome?.type === 'answer') return outcome.answer as Answer
    if (outcome?.type === 'failure' && this.#options.retryFailures !== true)
      throw new HoldfastError(outcome.error.code, outcome.error.message, {
        context: { recorded: true },
      })
    if (this.#options.mode === 'replay') throw unrecorded(this.#options.run, request)
    const either = AbortSignal.any([
      this.#deadline.signal,
      ...(signal === undefined ? [] : [signal]),
    ])
    either.throwIfAborted()
    const found = await this.#lookUp(state, key, work, either)
    return found === undefined ? await this.#send(request, key, work, either) : found.answer
  }

  /** A request that a service knows by its ids is not sent again. */
  async #lookUp<Answer>(
    state: RequestState | undefined,
    key: string,
    work: LedgerWork<Answer>,
    signal: AbortSignal,
  ): Promise<{ readonly answer: Answer } | undefined> {
    if (state?.ids === undefined || state.outcome !== undefined || work.lookUp === undefined)
      return undefined
    const beganMs = monotonicMs()
    const found = await work.lookUp(state.ids, signal)
    if (found === undefined) return undefined
    const reserved = state.intents.at(-1)?.reserved ?? NOTHING
    return await this.#record(found, { key, beganMs, reserved, lookedUp: true })
  }

  async #send<Answer>(
    request: PlacedRequest,
    key: string,
    work: LedgerWork<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { kind, repeat, attempt, worstCase: reserved = NOTHING } = request
    this.#budget.reserve(reserved, this.#elapsedSeconds())
    const intent = { kind, request: request.request, repeat, attempt, reserved }
    await this.#append({ type: 'intent', key, ...intent })
    // An entry that cannot be kept says nothing about the request: that has no outcome then.
    let isKept = true
    const keep = async (entry: Unstamped<NewEntry>): Promise<void> => {
      isKept = false
      await this.#append(entry)
      isKept = true
    }
    const again = async (failureCode: string): Promise<boolean> => {
      const failed_cost = FREE_FAILURES.has(failureCode) ? NOTHING : reserved
      if (!this.#budget.reserveAgain(reserved, failed_cost, this.#elapsedSeconds())) return false
      await keep({ type: 'intent', key, ...intent, failed_cost })
      return true
    }
    const beganMs = monotonicMs()
    let performed: Performed<Answer>
    try {
      const started = async (ids: JsonObject): Promise<void> =>
        await keep({ type: 'started', key, ids: freezeJson(ids, 'ids') })
      performed = await work.perform(signal, started, again)
    } catch (error) {
      // Aborted: the request has no outcome, and is sent again when the run is resumed.
      signal.throwIfAborted()
      if (!isKept || !isHoldfastError(error)) throw error
      const { code, message } = error
      const cost = FREE_FAILURES.has(code) ? NOTHING : reserved
      this.#budget.settle(reserved, cost)
      const seconds = secondsSince(beganMs)
      await this.#append({ type: 'failure', key, error: { code, message }, cost, seconds })
      throw error
    }
    return (await this.#record(performed, { key, beganMs, reserved, lookedUp: false })).answer
  }

  async #record<Answer>(
    { answer, cost }: Performed<Answer>,
    sent: { key: string; beganMs: number; reserved: Cost; lookedUp: boolean },
  ): Promise<{ readonly answer: Answer }> {
    const { key, beganMs, reserved, lookedUp } = sent
    const kept = freezeJson(answer as JsonValue, 'answer')
    this.#budget.settle(reserved, cost ?? reserved)
    await this.#append({
      type: 'answer',
      key,
      answer: kept,
      cost: cost ?? reserved,
      cost_known: cost !== undefined,
      seconds: secondsSince(beganMs),
      looked_up: lookedUp,
    })
    return { answer: kept as Answer }
  }

  async #append(entry: Unstamped<NewEntry>): Promise<void> {
    const stamped = { ...entry, elapsed_seconds: this.#elapsedSeconds() } as NewEntry
    this.#state.add(await this.#log.append(stamped))
  }

  #elapsedSeconds(): number {
    return this.#elapsedBefore + secondsSince(this.#openedMs)
  }
}

interface PlacedRequest extends LedgerRequest {
  readonly repeat: number
  readonly attempt: number
}

type Unstamped<New> = New extends unknown ? Omit<New, 'elapsed_seconds'> : never

function secondsSince(ms: number): number {
  return Math.round(monotonicMs() - ms) / 1000
}

function checkSettings(
  run: string,
  { sessions }: LedgerState,
  settings: JsonObject,
  mode: 'record' | 'replay',
): void {
  const [first] = sessions
  if (first === undefined && mode === 'record') return
  if (first === undefined)
    throw new ExperimentError('OPT-REPLAY-001', `There is no run ${shown(run)} to replay`, {
      context: { run },
    })
  const names = new Set([...Object.keys(first.settings), ...Object.keys(settings)])
  for (const name of names) {
    const [recorded, given] = [first.settings[name], settings[name]]
    if (canonicalJson(recorded ?? null) === canonicalJson(given ?? null)) continue
    throw new ExperimentError(
      'OPT-LEDGER-001',
      `The run ${shown(run)} began with another "${name}": ${shown(recorded)}, and not ${shown(given)}`,
      { context: { run, field: name } },
    )
  }
}

function unrecorded(run: string, { kind, repeat, attempt }: LedgerRequest): ExperimentError {
  return new ExperimentError(
    'OPT-REPLAY-001',
    `The run ${shown(run)} has no answer to a request of kind "${kind}" that the replay makes`,
    { context: { run, kind, repeat, attempt } },
  )
}
