import { hash } from 'node:crypto'
import { clearTimeout, monotonicMs, setTimeout } from '../../base/clock.js'
import { HoldfastError, isHoldfastError } from '../../base/errors.js'
import { Lifecycle } from '../../base/lifecycle.js'
import { wrongArgument } from '../../base/misuse.js'
import { canonicalJson } from '../../document/checksum.js'
import { freezeJson } from '../../document/freeze-json.js'
import type { JsonObject, JsonValue } from '../../document/json.js'
import type { ChatAnswer, ChatModel, ChatRequest } from '../llm/chat-model.js'
import { isRefusedKey } from '../refused-key.js'
import { Budget, budgetFacts, overBudget } from './budget.js'
import { chatCost, chatWorstCase } from './chat-cost.js'
import { EntryLog, type NewEntry } from './entry-log.js'
import type { BudgetLimits, Cost, LedgerEntry } from './ledger-entry.js'
import {
  checkLedgerOptions,
  type CheckedLedger,
  type LedgerOptions,
  type LedgerRequest,
  type LedgerWork,
  type Performed,
  type RequestPlace,
} from './ledger-options.js'
import {
  askedCost,
  costOf,
  LedgerState,
  reportOf,
  type AskedCost,
  type LedgerReport,
  type RequestState,
} from './ledger-state.js'
import { checkSettings, unrecorded } from './recorded-run.js'
import { RunLease } from './run-lease.js'

/** An endpoint that refuses a request, or its key, does not charge for it. */
const FREE_FAILURES = new Set(['OPT-LLM-004', 'OPT-LLM-005', 'OPT-LLM-009', 'OPT-DIFY-004'])
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
  readonly #options: CheckedLedger
  readonly #log: EntryLog
  readonly #state: LedgerState
  readonly #budget: Budget
  readonly #underWay = new Map<string, Promise<unknown>>()
  /** Keys of what this process has asked for, recorded or not. */
  readonly #asked = new Set<string>()
  readonly #lifecycle: Lifecycle
  readonly #deadline = new AbortController()
  /** Missing in a replay. */
  readonly #hold: Hold | undefined
  readonly #openedMs = monotonicMs()
  readonly #elapsedBefore: number
  #timer: NodeJS.Timeout | undefined

  private constructor(options: CheckedLedger, log: EntryLog, state: LedgerState, hold?: Hold) {
    this.#options = options
    this.#log = log
    this.#state = state
    this.#hold = hold
    this.#elapsedBefore = state.elapsedSeconds
    this.#budget = new Budget(options.budget)
    this.#lifecycle = new Lifecycle(() => wrongArgument('The ledger is closed'))
    for (const request of state.requests.values())
      this.#budget.add(costOf(request), request.intents.length)
  }

  /**
   * Opens the ledger of a run, and begins it if there is none.
   *
   * @throws TypeError or RangeError for a wrong option; ExperimentError OPT-LEDGER-001 for a run with other settings or
   * with a damaged entry, OPT-LEDGER-002 when another process works on it, OPT-REPLAY-001 when there is nothing to
   * replay; StorageError as the storage says
   */
  static async open(given: LedgerOptions): Promise<Ledger> {
    const options = checkLedgerOptions(given)
    const { storage, run, settings, mode } = options
    const log = new EntryLog(storage, run)
    if (mode === 'record') return await Ledger.#begun(options, log)
    const state = stateOf(await log.load())
    checkSettings(run, state, settings, mode)
    return new Ledger(options, log, state)
  }

  /** One process at a time works on a run. */
  static async #begun(options: CheckedLedger, log: EntryLog): Promise<Ledger> {
    const { storage, run, settings, budget, leaseMs } = options
    const lost = new AbortController()
    const onLost = (): void => lost.abort(log.fence())
    const lease = await RunLease.take({ storage, run, leaseMs, onLost })
    try {
      const loaded = await log.load()
      const before = stateOf(loaded)
      checkSettings(run, before, settings, 'record')
      const elapsed_seconds = before.elapsedSeconds
      const session = { type: 'session', settings, budget, elapsed_seconds } as const
      const state = stateOf(await log.begin(session, loaded))
      const ledger = new Ledger(options, log, state, { lease, lost: lost.signal })
      ledger.#limitTime()
      return ledger
    } catch (error) {
      await lease.release()
      throw error
    }
  }

  /**
   * What the requests of this process have taken, those with a recorded answer included: a run that is resumed or
   * replayed comes to the same at the same step. Without what crashes have lost.
   */
  get asked(): AskedCost {
    return askedCost(this.#state, this.#asked)
  }

  /** Whether everything comes from what was recorded. */
  get isReplay(): boolean {
    return this.#options.mode === 'replay'
  }

  /** Numbers of entries that are missing. A run that has ended has none: they were lost. */
  get missing(): readonly number[] {
    return this.#log.missing
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

  /** Waits for the requests under way, and frees the run for another process. The storage stays open. */
  async close(): Promise<void> {
    await this.#lifecycle.close(async () => {
      clearTimeout(this.#timer)
      await this.#hold?.lease.release()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #limitTime(): void {
    const { seconds: limit } = this.#budget.limits
    if (limit === undefined) return
    const leftMs = Math.min(Math.max(0, limit - this.#elapsedBefore) * 1000, 2 ** 31 - 1)
    const spent = overBudget('seconds', { limit, spent: limit, needed: 0 })
    this.#timer = setTimeout(() => this.#deadline.abort(spent), leftMs)
    this.#timer.unref()
  }

  async #ask(
    model: ChatModel,
    asked: { readonly request: ChatRequest; readonly place: RequestPlace },
    signal: AbortSignal | undefined,
  ): Promise<ChatAnswer> {
    const { request, place } = asked
    const { prices } = this.#options
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
    this.#asked.add(key)
    const { mode, retryFailures, run } = this.#options
    const state = this.#state.requests.get(key)
    const outcome = state?.outcome
    if (outcome?.type === 'answer') return outcome.answer as Answer
    const isFinal = mode === 'replay' || (!retryFailures && outcome?.again !== true)
    if (outcome?.type === 'failure' && isFinal)
      throw new HoldfastError(outcome.error.code, outcome.error.message, {
        context: { recorded: true },
      })
    this.#refuseAgain(key)
    if (mode === 'replay') throw unrecorded(run, request, key)
    const either = AbortSignal.any([
      this.#deadline.signal,
      ...(this.#hold === undefined ? [] : [this.#hold.lost]),
      ...(signal === undefined ? [] : [signal]),
    ])
    try {
      either.throwIfAborted()
      const found = await this.#lookUp(state, key, work, either)
      return found === undefined ? await this.#send(request, key, work, either) : found.answer
    } catch (error) {
      await this.#keepRefusal(key, error)
      throw error
    }
  }

  /**
   * What a budget did not pay for once, it does not pay for until it is raised: whether there is room depends on what
   * else was under way, and a run has to end where it ended before.
   */
  #refuseAgain(key: string): void {
    const refusal = this.#state.refusals.get(key)
    if (refusal === undefined) return
    const { budget, limit, spent, needed } = refusal
    if ((this.#budget.limits[budget] ?? Infinity) <= limit)
      throw overBudget(budget, { limit, spent, needed })
  }

  async #keepRefusal(key: string, error: unknown): Promise<void> {
    const facts = budgetFacts(error)
    if (facts !== undefined) await this.#append({ type: 'refusal', key, ...facts })
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
      const again = isRefusedKey(error) ? { again: true } : {}
      await this.#append({
        type: 'failure',
        key,
        error: { code, message },
        cost,
        seconds,
        ...again,
      })
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

/** The right to work on the run, and what says that it is lost. */
interface Hold {
  readonly lease: RunLease
  readonly lost: AbortSignal
}

interface PlacedRequest extends LedgerRequest {
  readonly repeat: number
  readonly attempt: number
}

type Unstamped<New> = New extends unknown ? Omit<New, 'elapsed_seconds'> : never

function secondsSince(ms: number): number {
  return Math.round(monotonicMs() - ms) / 1000
}

function stateOf(entries: readonly LedgerEntry[]): LedgerState {
  const state = new LedgerState()
  for (const entry of entries) state.add(entry)
  return state
}
