import { z } from 'zod'
import { keyDerivationSchema, type KeyDerivation } from '../file-document.js'

/** By which the key of an id is known again, without telling of the key. */
export interface KeyRecord {
  /** Random, base64. */
  readonly salt: string
  /** HMAC-SHA256, base64, of `sealed` and a constant, under a key that comes from the salt and the key of the id. */
  readonly check: string
  /** Whether all documents of this key have a MAC: then one without is none of ours. */
  readonly sealed: boolean
  /** How the key comes from a passphrase, where it does: what is stored from now on is derived like this. */
  readonly kdf?: KeyDerivation | undefined
}

/** By the ids of the keys. */
export type KeyRecords = ReadonlyMap<string, KeyRecord>

/** Where a store keeps the records of its keys. */
export interface KeyRecordPlace {
  /** All, or as far as is at hand: those of `ids` in any case, where there are any. */
  keyRecords(ids: readonly string[]): Promise<KeyRecords>
  /** Adds those whose ids have none yet, or one that is not sealed where this one is; gives all that there are then. */
  addKeyRecords(added: KeyRecords): Promise<KeyRecords>
}

const bytes32 = z.string().regex(/^[A-Za-z0-9+/]{43}=$/)
const schema = z.record(
  z.string().min(1).max(128),
  z.strictObject({
    salt: bytes32,
    check: bytes32,
    sealed: z.boolean(),
    kdf: keyDerivationSchema.optional(),
  }),
)

/** As they were parsed from JSON; undefined for what are no records. */
export function parseKeyRecords(value: unknown): KeyRecords | undefined {
  if (value === undefined) return new Map()
  const parsed = schema.safeParse(value)
  return parsed.success ? new Map(Object.entries(parsed.data)) : undefined
}

export function hasKeyRecords(backend: object): backend is KeyRecordPlace {
  return 'keyRecords' in backend && 'addKeyRecords' in backend
}

/** What there is then; undefined when `records` has all of `added` already. */
export function withRecords(records: KeyRecords, added: KeyRecords): KeyRecords | undefined {
  const missing = [...added].filter(([id, { sealed }]) => {
    const found = records.get(id)
    return found === undefined || (sealed && !found.sealed)
  })
  return missing.length === 0 ? undefined : new Map([...records, ...missing])
}
