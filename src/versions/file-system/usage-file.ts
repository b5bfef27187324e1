import { FormatError } from '../../base/errors.js'
import { parseJsonObject, type JsonValue } from '../../document/json.js'
import { isPromptId } from '../../document/prompt-id.js'
import { isTimestamp } from '../../document/timestamp.js'
import { isVersion, STORED_VERSIONS } from '../../document/version-number.js'
import type { CountedUses } from '../version-cache.js'

/** How often a document was used lately. */
export interface DocumentUse {
  readonly prompt_id: string
  readonly version: string
  /** Reads by `getVersion`, `getLatestVersion` and `listVersions`, each worth half after every seven days. */
  readonly uses: number
  /** When it was last counted, to a minute or so: ISO 8601, UTC. */
  readonly last_used: string
}

/** What readers of a store have used lately, in all processes. */
export interface CacheUsage {
  /** Documents that came from the memory of a process, each worth half after every seven days. */
  readonly hits: number
  /** Documents that were read from their files, in the same way. */
  readonly misses: number
  /** `hits / (hits + misses)`, 0 to 1; 0 before the first read. */
  readonly hit_rate: number
  /** The most used first. */
  readonly documents: readonly DocumentUse[]
}

/** Most documents that are kept: those used most. */
export const USED_DOCUMENTS_MAX = 2000
/** Far more than that many documents take. */
export const USAGE_BYTES_MAX: number = 8 * 1024 * 1024

const HALF_LIFE_MS = 7 * 24 * 3_600_000
const COUNT_MAX = 1e15
/** What was used less is forgotten. */
const USES_MIN = 0.01

/** Usage as of `at`. */
export interface DatedUsage extends CacheUsage {
  /** ISO 8601, UTC. */
  readonly at: string
}

export const NO_USAGE: DatedUsage = Object.freeze({
  at: new Date(0).toISOString(),
  hits: 0,
  misses: 0,
  hit_rate: 0,
  documents: Object.freeze([]),
})

/** What was used before, worth less since time has passed, with what was used since. */
export function withUses(before: DatedUsage, counted: CountedUses, now: Date): DatedUsage {
  const passedMs = Math.max(0, now.getTime() - Date.parse(before.at))
  const worth = 0.5 ** (passedMs / HALF_LIFE_MS)
  const at = now.toISOString()
  const documents = new Map<string, DocumentUse>()
  for (const one of before.documents)
    documents.set(keyOf(one), { ...one, uses: rounded(one.uses * worth) })
  for (const { prompt_id, version, uses } of counted.documents) {
    const key = keyOf({ prompt_id, version })
    const earlier = documents.get(key)?.uses ?? 0
    documents.set(key, { prompt_id, version, uses: rounded(earlier + uses), last_used: at })
  }
  const hits = rounded(before.hits * worth + counted.hits)
  const misses = rounded(before.misses * worth + counted.misses)
  const used = [...documents.values()].filter(({ uses }) => uses >= USES_MIN)
  used.sort((left, right) => right.uses - left.uses)
  return Object.freeze({
    at,
    hits,
    misses,
    hit_rate: hits + misses === 0 ? 0 : hits / (hits + misses),
    documents: Object.freeze(used.slice(0, USED_DOCUMENTS_MAX).map((one) => Object.freeze(one))),
  })
}

export function encodeUsage({ at, hits, misses, documents }: DatedUsage): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format_version: 1, at, hits, misses, documents })}\n`)
}

/** `undefined` for anything that `encodeUsage` would not write. */
export function decodeUsage(bytes: Uint8Array): DatedUsage | undefined {
  const file = parse(bytes)
  if (file === undefined || file['format_version'] !== 1) return undefined
  const { at, hits, misses, documents } = file
  if (!isTimestamp(at) || !isCount(hits) || !isCount(misses) || !Array.isArray(documents))
    return undefined
  if (!documents.every((one: JsonValue) => isUse(one))) return undefined
  const used = documents as unknown as readonly DocumentUse[]
  return withUses({ at, hits, misses, hit_rate: 0, documents: used }, NOTHING, new Date(at))
}

const NOTHING: CountedUses = { hits: 0, misses: 0, documents: [] }

function parse(bytes: Uint8Array): Readonly<Record<string, JsonValue>> | undefined {
  try {
    return parseJsonObject(bytes)
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function isUse(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { prompt_id, version, uses, last_used } = value as Readonly<Record<string, JsonValue>>
  const isNamed = isPromptId(prompt_id) && isVersion(version, STORED_VERSIONS)
  return isNamed && isCount(uses) && isTimestamp(last_used)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= COUNT_MAX
}

function keyOf({ prompt_id, version }: Pick<DocumentUse, 'prompt_id' | 'version'>): string {
  return `${version}:${prompt_id}`
}

function rounded(count: number): number {
  return Math.min(COUNT_MAX, Math.round(count * 1000) / 1000)
}
