import { z } from 'zod'
import { jsonObjectSchema } from '../../document/fields.js'
import type { JsonObject, JsonValue } from '../../document/json.js'
import type { VersionDocument } from '../../versions/version-storage.js'

/** What a run may cost at most; a limit that is missing does not hold. */
export interface BudgetLimits {
  /** Requests that are sent. */
  readonly calls?: number | undefined
  /** Tokens of requests and answers. */
  readonly tokens?: number | undefined
  /** In the currency of the prices. */
  readonly money?: number | undefined
  /** Time of all processes that worked on the run. */
  readonly seconds?: number | undefined
}

/** What one request has cost, or could cost. */
export interface Cost {
  readonly tokens: number
  readonly money: number
}

interface EntryBase {
  /** From 0, without repetition; numbers may be missing after a crash. */
  readonly sequence: number
  /** For how long processes had worked on the run when this was written, in seconds. */
  readonly elapsed_seconds: number
  /** The number of the entry by which its process began; missing in that entry itself. */
  readonly session?: number | undefined
}

/** A process began to work on the run. */
export interface SessionEntry extends EntryBase {
  readonly type: 'session'
  /** What the run is about; all sessions have the same. */
  readonly settings: JsonObject
  readonly budget: BudgetLimits
}

/** A request is about to be sent. */
export interface IntentEntry extends EntryBase {
  readonly type: 'intent'
  /** SHA-256 of kind, request, repeat and attempt, in hex. */
  readonly key: string
  readonly kind: string
  readonly request: JsonObject
  readonly repeat: number
  readonly attempt: number
  /** The most that it can cost. */
  readonly reserved: Cost
  /** It is sent again by the same process, after a temporary failure that has cost this. */
  readonly failed_cost?: Cost | undefined
}

/** The service has given the request an id by which its outcome can be looked up. */
export interface StartedEntry extends EntryBase {
  readonly type: 'started'
  readonly key: string
  readonly ids: JsonObject
}

/** The answer to a request. */
export interface AnswerEntry extends EntryBase {
  readonly type: 'answer'
  readonly key: string
  readonly answer: JsonValue
  readonly cost: Cost
  /** False: the service did not say what it cost, so the most that it could counts. */
  readonly cost_known: boolean
  /** From the sending to the answer. */
  readonly seconds: number
  /** Whether it was looked up by its ids instead of being sent again. */
  readonly looked_up: boolean
}

/** The request has failed; that is its outcome. */
export interface FailureEntry extends EntryBase {
  readonly type: 'failure'
  readonly key: string
  readonly error: { readonly code: string; readonly message: string }
  readonly cost: Cost
  readonly seconds: number
  /** The failure says nothing about the request, such as that of a wrong key: the next process sends it again. */
  readonly again?: boolean | undefined
}

/** The budget did not pay for a request: it was not sent, or interrupted when its time was over. */
export interface RefusalEntry extends EntryBase {
  readonly type: 'refusal'
  readonly key: string
  readonly budget: keyof BudgetLimits
  readonly limit: number
  readonly spent: number
  readonly needed: number
}

/** Takes a number that a process which has ended, or lost the run, has not used: it cannot use it any more. */
export interface VoidEntry extends EntryBase {
  readonly type: 'void'
}

/** One thing that a ledger keeps. */
export type LedgerEntry =
  SessionEntry | IntentEntry | StartedEntry | AnswerEntry | FailureEntry | RefusalEntry | VoidEntry

/** A sign of life of the process that works on the run. It is beside the entries, and not one of them. */
export interface LeaseEntry extends EntryBase {
  readonly type: 'lease'
  readonly state: 'held' | 'released'
  /** Of one holder. */
  readonly token: string
  readonly owner: {
    readonly host: string
    readonly pid: number
    /** What tells the process from a later one of the same number, as far as the system says it. */
    readonly started: string
    readonly boot_id: string
    readonly pid_namespace: string
    readonly thread: number
    readonly task: string
    /** Of the module, in its thread. */
    readonly copy: string
  }
  /** ISO 8601, in UTC. */
  readonly signed_at: string
  readonly lease_ms: number
}

/** The document of one entry or of one sign of life, in a storage with the schema `ledgerSchema`. */
export interface LedgerDocument extends VersionDocument {
  readonly entry: LedgerEntry | LeaseEntry
}

const count = z.number().int().min(0)
const base = { sequence: count, elapsed_seconds: z.number().min(0), session: count.optional() }
const key = z.string().regex(/^[0-9a-f]{64}$/)
const amount = z.number().min(0)
const cost = z.object({ tokens: amount, money: amount })
const limits = z.object({
  calls: amount.optional(),
  tokens: amount.optional(),
  money: amount.optional(),
  seconds: amount.optional(),
})
const json: z.ZodType<JsonValue> = z.json()

/** The schema of a storage that holds ledgers: pass it as the option `schema` when the storage is opened. */
export const ledgerSchema: z.ZodType<LedgerDocument> = z.object({
  prompt_id: z.string(),
  version: z.string(),
  entry: z.discriminatedUnion('type', [
    z.object({
      ...base,
      type: z.literal('session'),
      settings: jsonObjectSchema,
      budget: limits,
    }),
    z.object({
      ...base,
      type: z.literal('intent'),
      key,
      kind: z.string(),
      request: jsonObjectSchema,
      repeat: amount,
      attempt: amount,
      reserved: cost,
      failed_cost: cost.optional(),
    }),
    z.object({ ...base, type: z.literal('started'), key, ids: jsonObjectSchema }),
    z.object({
      ...base,
      type: z.literal('answer'),
      key,
      answer: json,
      cost,
      cost_known: z.boolean(),
      seconds: amount,
      looked_up: z.boolean(),
    }),
    z.object({
      ...base,
      type: z.literal('failure'),
      key,
      error: z.object({ code: z.string(), message: z.string() }),
      cost,
      seconds: amount,
      again: z.boolean().optional(),
    }),
    z.object({
      ...base,
      type: z.literal('refusal'),
      key,
      budget: z.enum(['calls', 'tokens', 'money', 'seconds']),
      limit: amount,
      spent: amount,
      needed: amount,
    }),
    z.object({ ...base, type: z.literal('void') }),
    z.object({
      ...base,
      type: z.literal('lease'),
      state: z.enum(['held', 'released']),
      token: z.string(),
      owner: z.object({
        host: z.string(),
        pid: count,
        started: z.string(),
        boot_id: z.string(),
        pid_namespace: z.string(),
        thread: count,
        task: z.string(),
        copy: z.string(),
      }),
      signed_at: z.string(),
      lease_ms: amount,
    }),
  ]),
})
