import type { JsonObject } from '../../document/json.js'
import type {
  AnswerEntry,
  Cost,
  FailureEntry,
  IntentEntry,
  LedgerEntry,
  RefusalEntry,
  SessionEntry,
} from './ledger-entry.js'

/** What is known about one request. */
export interface RequestState {
  /** Once for each time that it was sent. */
  readonly intents: IntentEntry[]
  /** By which its outcome can be looked up. */
  ids: JsonObject | undefined
  outcome: AnswerEntry | FailureEntry | undefined
  /** What failures have cost that were the outcome until the request was sent again. */
  failuresCost: Cost
  /** How many of the intents ended in these failures, or were lost before them. */
  intentsBefore: number
  /** How often it was sent again after a temporary failure, and what these failures have cost. */
  readonly retries: { calls: number; tokens: number; money: number }
}

/** What the entries of a run say, by request. */
export class LedgerState {
  readonly requests: Map<string, RequestState> = new Map()
  /** By request: the last time that a budget did not pay for it. */
  readonly refusals: Map<string, RefusalEntry> = new Map()
  readonly sessions: SessionEntry[] = []
  elapsedSeconds = 0

  add(entry: LedgerEntry): void {
    this.elapsedSeconds = Math.max(this.elapsedSeconds, entry.elapsed_seconds)
    switch (entry.type) {
      case 'session':
        this.sessions.push(entry)
        break
      case 'intent':
        retried(this.#stateOf(entry.key), entry).intents.push(entry)
        break
      case 'started':
        this.#stateOf(entry.key).ids = entry.ids
        break
      case 'answer':
      case 'failure':
        this.#stateOf(entry.key).outcome = entry
        break
      case 'refusal':
        this.refusals.set(entry.key, entry)
        break
      case 'void':
        break
    }
  }

  #stateOf(key: string): RequestState {
    const known = this.requests.get(key)
    if (known !== undefined) return known
    const made: RequestState = {
      intents: [],
      ids: undefined,
      outcome: undefined,
      failuresCost: { tokens: 0, money: 0 },
      intentsBefore: 0,
      retries: { calls: 0, tokens: 0, money: 0 },
    }
    this.requests.set(key, made)
    return made
  }
}

function retried(state: RequestState, { failed_cost: failedCost }: IntentEntry): RequestState {
  if (failedCost === undefined) return sentAgain(state)
  state.retries.calls++
  state.retries.tokens += failedCost.tokens
  state.retries.money += failedCost.money
  return sentAgain(state, failedCost)
}

/** A failure that is retried does not count any more, and its ids are those of another run; what it has cost stays. */
function sentAgain(
  state: RequestState,
  failedCost: Cost | undefined = state.outcome?.cost,
): RequestState {
  if (failedCost === undefined) return state
  state.failuresCost = costWith(state, failedCost)
  state.intentsBefore = state.intents.length
  state.outcome = undefined
  state.ids = undefined
  return state
}

/** What a request has cost so far: its outcomes, and the most that lost attempts could cost. */
export function costOf(state: RequestState): Cost {
  return costWith(state, state.outcome?.cost)
}

/** @param ended what the last intent has cost; undefined if that is not known */
function costWith(
  { intents, failuresCost, intentsBefore }: RequestState,
  ended: Cost | undefined,
): Cost {
  const lost = intents.slice(intentsBefore, ended === undefined ? undefined : -1)
  const costs = [...lost.map(({ reserved }) => reserved), ...(ended === undefined ? [] : [ended])]
  return costs.reduce<Cost>(
    (sum, { tokens, money }) => ({ tokens: sum.tokens + tokens, money: sum.money + money }),
    failuresCost,
  )
}

/** What requests have taken beside the one call of each. */
export interface AskedCost extends Cost {
  /** Further calls: those that were sent again after a temporary failure. */
  readonly retries: number
}

/**
 * What these requests have taken: their outcomes, and their retries after temporary failures. What was lost with a
 * process does not count, so that a run that is resumed counts as one that was never interrupted.
 */
export function askedCost({ requests }: LedgerState, keys: Iterable<string>): AskedCost {
  let [retries, tokens, money] = [0, 0, 0]
  // In the order of the keys: sums of fractions depend on the order.
  for (const key of [...keys].sort()) {
    const state = requests.get(key)
    retries += state?.retries.calls ?? 0
    tokens += (state?.retries.tokens ?? 0) + (state?.outcome?.cost.tokens ?? 0)
    money += (state?.retries.money ?? 0) + (state?.outcome?.cost.money ?? 0)
  }
  return { retries, tokens, money }
}

/** What a ledger has recorded. It depends on the entries alone: a replay gives the same. */
export interface LedgerReport {
  readonly run: string
  readonly settings: JsonObject
  /** How many processes have worked on it. */
  readonly sessions: number
  readonly requests: {
    /** Requests that are different from each other. */
    readonly different: number
    /** Those that were sent, again after a crash or an abort included. */
    readonly sent: number
    readonly answered: number
    readonly failed: number
    /** Sent again: after a temporary failure, or since they were under way when a process ended. */
    readonly repeated: number
    /** Found by their ids instead of being sent again. */
    readonly looked_up: number
    /** Sent, and without an outcome. */
    readonly open: number
  }
  /** What each kind of request was asked of: the names of models, or of workflows. */
  readonly asked: Readonly<Record<string, number>>
  readonly tokens: number
  readonly money: number
  /** From sending to answer, of all requests together. */
  readonly request_seconds: number
}

/** @param state all entries of the run */
export function reportOf(run: string, state: LedgerState): LedgerReport {
  // In the order of the keys: sums of fractions depend on the order.
  const requests = [...state.requests].sort(([left], [right]) => (left < right ? -1 : 1))
  const states = requests.map(([, request]) => request)
  const sent = states.reduce((sum, { intents }) => sum + intents.length, 0)
  const costs = states.map(costOf)
  const asked = new Map<string, number>()
  for (const { intents } of states) {
    const [intent] = intents
    const name = intent === undefined ? '' : `${intent.kind} ${nameOf(intent.request)}`
    asked.set(name, (asked.get(name) ?? 0) + intents.length)
  }
  const outcomes = states.flatMap(({ outcome }) => outcome ?? [])
  const answered = outcomes.filter(({ type }) => type === 'answer').length
  return {
    run,
    settings: state.sessions[0]?.settings ?? {},
    sessions: state.sessions.length,
    requests: {
      different: states.length,
      sent,
      answered,
      failed: outcomes.length - answered,
      repeated: states.reduce((sum, { intents }) => sum + Math.max(0, intents.length - 1), 0),
      looked_up: outcomes.filter((each) => each.type === 'answer' && each.looked_up).length,
      open: states.length - outcomes.length,
    },
    asked: Object.fromEntries([...asked].sort(([left], [right]) => (left < right ? -1 : 1))),
    tokens: costs.reduce((sum, { tokens }) => sum + tokens, 0),
    money: costs.reduce((sum, { money }) => sum + money, 0),
    request_seconds: outcomes.reduce((sum, { seconds }) => sum + seconds, 0),
  }
}

function nameOf({ model, workflow_id: workflow }: JsonObject): string {
  return typeof model === 'string' ? model : typeof workflow === 'string' ? workflow : ''
}
