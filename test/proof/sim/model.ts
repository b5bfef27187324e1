/** What a key may hold; undefined: nothing. */
export type Value = string | undefined

/** What is not known. */
export const UNKNOWN = Symbol('unknown')

/** What a key shows whose bytes are not a document. */
export const TORN = 'torn'

/** What a store shows: every key that it has, and nothing else. */
export type Observed = ReadonlyMap<string, string>

/** One transaction as its caller knows it. Times are places in the machine's trace. */
export interface Transaction {
  readonly id: number
  readonly effects: ReadonlyMap<string, Value>
  readonly calledAt: number
  acknowledgedAt: number
  /** It failed, and said that it has had no effect. */
  failedAt: number
  /** A reader has seen what it wrote. */
  seenAt: number
  /** From then on loss of power cannot take it; where each call is flushed before it returns, with its acknowledgement. */
  dueAt: number
}

/** Decides whether what a store shows may be so. */
export interface Expectation {
  check(observed: Observed): readonly string[]
}

const NEVER = Number.POSITIVE_INFINITY

/**
 * What callers were told, against what is there: acknowledged or seen transactions are kept, others are whole or
 * absent, failed ones absent, and nothing else is there. Transactions on one key come one after another.
 */
export class Model {
  readonly #transactions: Transaction[] = []
  readonly #byKey = new Map<string, Transaction[]>()

  call(effects: ReadonlyMap<string, Value>, at: number): Transaction {
    const transaction: Transaction = {
      id: this.#transactions.length + 1,
      effects,
      calledAt: at,
      acknowledgedAt: NEVER,
      failedAt: NEVER,
      seenAt: NEVER,
      dueAt: NEVER,
    }
    this.#transactions.push(transaction)
    for (const key of effects.keys()) {
      const writes = this.#byKey.get(key) ?? []
      writes.push(transaction)
      this.#byKey.set(key, writes)
    }
    return transaction
  }

  get keys(): readonly string[] {
    return [...this.#byKey.keys()]
  }

  get transactions(): readonly Transaction[] {
    return this.#transactions
  }

  /** What must hold of a store whose machine lost its power at `at`, or that is read then. */
  at(at: number): Expectation {
    return { check: (observed) => this.#check(observed, at) }
  }

  /**
   * What must hold of a state that was read at one moment of a time: what a backup holds that was begun at `from` and
   * ended at `to`. What is acknowledged or called changes at these times only.
   */
  between(from: number, to: number): Expectation {
    const times = this.#transactions
      .flatMap(({ calledAt, acknowledgedAt, failedAt, seenAt }) => [
        calledAt,
        acknowledgedAt,
        failedAt,
        seenAt,
      ])
      .filter((at) => at > from && at < to)
    const moments = [...new Set([from, ...times, to])].sort((a, b) => a - b)
    return {
      check: (observed) => {
        let least: readonly string[] | undefined
        for (const at of moments) {
          const problems = this.#check(observed, at)
          if (problems.length === 0) return problems
          if (least === undefined || problems.length < least.length) least = problems
        }
        return (least ?? []).map((problem) => `at no moment from ${from} to ${to}: ${problem}`)
      },
    }
  }

  /**
   * What must hold after loss of power at `at` where calls are flushed after they have returned: what is due is there,
   * and what came later may be there or not, each key by itself. Torn bytes are allowed only where one of these made a
   * file: what was there before is never destroyed.
   */
  afterPowerLoss(at: number): Expectation {
    return { check: (observed) => this.#checkSoft(observed, at) }
  }

  /** All that is acknowledged by then. */
  acknowledgedBy(at: number): readonly Transaction[] {
    return this.#transactions.filter(({ acknowledgedAt }) => acknowledgedAt <= at)
  }

  /** What the key holds for its own writer; UNKNOWN when a write has no known end. */
  believed(key: string, at: number): Value | typeof UNKNOWN {
    const { settled, open } = this.#writes(key, at)
    return open.length > 0 ? UNKNOWN : settled?.effects.get(key)
  }

  /**
   * Whether a read of one key that began at `calledAt` and ended at `at` may have answered `value`; the transactions
   * that it shows are returned.
   */
  read(
    key: string,
    value: Value,
    calledAt: number,
    at: number,
    shownAs: (value: Value) => Value = (same) => same,
  ): readonly Transaction[] | undefined {
    const before = this.#writes(key, calledAt)
    const after = this.#writes(key, at)
    const candidates = [...new Set([before.settled, ...before.open, after.settled, ...after.open])]
    const later = candidates.filter((one) => one === undefined || one.acknowledgedAt > calledAt)
    const possible = [before.settled, ...later].filter(
      (one) => shownAs(one?.effects.get(key)) === value,
    )
    if (possible.length === 0) return undefined
    // What two of them may have written says nothing of either.
    const shown = new Set(possible)
    return shown.size === 1 ? [...shown].filter((one) => one !== undefined) : []
  }

  /** The last write that is known to have taken effect, and the later ones of which that is not known. */
  #writes(
    key: string,
    at: number,
  ): { readonly settled: Transaction | undefined; readonly open: readonly Transaction[] } {
    let settled: Transaction | undefined
    let open: Transaction[] = []
    for (const write of this.#byKey.get(key) ?? []) {
      if (write.calledAt > at) break
      if (write.acknowledgedAt <= at || write.seenAt <= at) {
        settled = write
        open = []
      } else if (write.failedAt > at) {
        open.push(write)
      }
    }
    return { settled, open }
  }

  #check(observed: Observed, at: number): readonly string[] {
    const problems: string[] = []
    const evidence = new Map<Transaction, { present: boolean; absent: boolean }>()
    for (const key of this.#byKey.keys())
      this.#checkKey(key, observed.get(key), at, problems, evidence)
    for (const key of observed.keys())
      if (!this.#byKey.has(key)) problems.push(`${key} is there, and was never written`)
    for (const [{ id }, { present, absent }] of evidence)
      if (present && absent) problems.push(`transaction ${id} is there by half`)
    return problems
  }

  #checkSoft(observed: Observed, at: number): readonly string[] {
    const problems: string[] = []
    for (const [key, writes] of this.#byKey) {
      const value = observed.get(key)
      const begun = writes.filter(({ calledAt, failedAt }) => calledAt <= at && failedAt > at)
      const due = begun.findLastIndex(({ dueAt }) => dueAt <= at)
      const later = begun.slice(due + 1).map(({ effects }) => effects.get(key))
      const possible = [begun[due]?.effects.get(key), ...later]
      if (possible.includes(value)) continue
      const isMade = possible.some(
        (before, place) => before === undefined && possible[place + 1] !== undefined,
      )
      if (value !== undefined && isMade) continue
      problems.push(`${key} holds ${shown(value)}, not ${possible.map(shown).join(' or ')}`)
    }
    for (const key of observed.keys())
      if (!this.#byKey.has(key)) problems.push(`${key} is there, and was never written`)
    return problems
  }

  #checkKey(
    key: string,
    value: Value,
    at: number,
    problems: string[],
    evidence: Map<Transaction, { present: boolean; absent: boolean }>,
  ): void {
    const { settled, open } = this.#writes(key, at)
    const candidates = [settled, ...open]
    const matching = candidates.map((one) => one?.effects.get(key) === value)
    const last = matching.lastIndexOf(true)
    if (last < 0) {
      const allowed = candidates.map((one) => shown(one?.effects.get(key))).join(' or ')
      problems.push(`${key} holds ${shown(value)}, not ${allowed}`)
      return
    }
    const unique = matching.indexOf(true) === last
    candidates.forEach((one, place) => {
      if (one === undefined || one.effects.size === 1) return
      const seen = evidence.get(one) ?? { present: false, absent: false }
      evidence.set(one, seen)
      if (unique && place === last) seen.present = true
      if (place > last) seen.absent = true
    })
  }
}

/** Exactly what was shown, and of `pending` all or nothing, or all when it was acknowledged. */
export function exactly(
  shownBefore: Observed,
  pending:
    | {
        readonly key: string
        readonly value: string
        readonly kept: boolean
        /** Whether other bytes may be there as well. */
        readonly torn?: boolean
      }
    | undefined,
): Expectation {
  return {
    check: (observed) => {
      const problems: string[] = []
      for (const key of new Set([...shownBefore.keys(), ...observed.keys()])) {
        if (key === pending?.key) continue
        if (shownBefore.get(key) !== observed.get(key))
          problems.push(
            `${key} was shown as ${shown(shownBefore.get(key))} and now holds ${shown(observed.get(key))}`,
          )
      }
      if (pending === undefined) return problems
      const found = observed.get(pending.key)
      if (pending.torn === true && found !== undefined) return problems
      const absent = found === shownBefore.get(pending.key) && !pending.kept
      if (found !== pending.value && !absent)
        problems.push(`${pending.key} holds ${shown(found)}, not ${shown(pending.value)}`)
      return problems
    },
  }
}

function shown(value: Value): string {
  if (value === undefined) return 'nothing'
  return value.length <= 40 ? `'${value}'` : `'${value.slice(0, 40)}…' (${value.length})`
}
