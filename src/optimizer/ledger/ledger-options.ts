import { choice, flag, integer, rejectUnknown, text } from '../../base/options.js'
import { freezeJson } from '../../document/freeze-json.js'
import type { JsonObject } from '../../document/json.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import { checkLimits, checkPrices, type Price } from './budget.js'
import type { BudgetLimits, Cost, LedgerDocument } from './ledger-entry.js'

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
  /**
   * After how long without a sign of life another process may take the run over, in ms. 1000 to 3600000, default 30000.
   * A process gives three signs within this time. One that has ended on the same host is not waited for.
   */
  readonly leaseMs?: number | undefined
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

const OPTIONS = [
  'storage',
  'run',
  'settings',
  'budget',
  'prices',
  'mode',
  'retryFailures',
  'leaseMs',
]

/** Long enough for a slow storage and a busy process; short enough to wait for, where nothing tells that a process has ended. */
const LEASE_MS = 30_000

/** Options of a ledger with every default. */
export type CheckedLedger = {
  readonly [Name in keyof LedgerOptions]-?: Exclude<LedgerOptions[Name], undefined>
}

/** @throws TypeError or RangeError that names the option */
export function checkLedgerOptions(given: LedgerOptions): CheckedLedger {
  rejectUnknown(given, OPTIONS, 'Ledger.open')
  return Object.freeze({
    storage: given.storage,
    run: text('run', given.run),
    settings: freezeJson(given.settings ?? {}, 'settings'),
    budget: checkLimits(given.budget),
    prices: checkPrices(given.prices ?? {}),
    mode: choice(['record', 'replay'])('mode', given.mode ?? 'record'),
    retryFailures: flag('retryFailures', given.retryFailures ?? false),
    leaseMs: integer(1000, 3_600_000)('leaseMs', given.leaseMs ?? LEASE_MS),
  })
}
