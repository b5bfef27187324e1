import { isTimestamp } from '../document/timestamp.js'
import { isVersion, STORED_VERSIONS } from '../document/version-number.js'
import type { Deprecation, PromptHead } from './prompt-heads.js'
import type { ListOptions, VersionDocument } from './version-storage.js'
import { supports } from './supports.js'

/** What the document of a version says in short. It never changes while the version exists. */
export interface VersionFacts {
  readonly version: string
  /** ISO 8601, UTC, as the caller gave it; missing where the document has no such field. */
  readonly created_at?: string
  /** When it was committed, as `asOf` counts: ISO 8601, UTC; missing where that is unknown. */
  readonly saved_at?: string
  /** The version it was made from, null for a first one; missing where the document has no such field. */
  readonly parent_version?: string | null
  /** `metadata.author`, if it is a text. */
  readonly author?: string
  /** `metadata.message`, if it is a text. */
  readonly message?: string
  /** `analysis.overall_score`, if it is a finite number. */
  readonly score?: number
  /** Bytes of its file; without files, of its JSON. */
  readonly size: number
}

/** What is known of a version without its document. */
export interface VersionSummary extends VersionFacts {
  /** The labels of the version at the time of the call, sorted. */
  readonly labels: readonly string[]
  /** Its tags at the time of the call, sorted. */
  readonly tags: readonly string[]
  /** Why it should no longer be used; missing for a version that may be used. */
  readonly deprecated?: Deprecation
}

/** A storage that summarises versions, without reading their documents again. */
export interface VersionSummaries {
  /**
   * The versions of a prompt in short, by precedence. Damaged versions are left out, as in `listVersions`; they count in
   * `limit` and `offset`. A version that is damaged in place after it was summarised is still listed: `verify` finds it.
   * @throws TypeError or RangeError for wrong arguments; StorageError for a damaged head
   */
  listVersionSummaries(promptId: string, options?: ListOptions): Promise<readonly VersionSummary[]>
}

/** Whether a storage summarises versions. */
export function offersSummaries(storage: object): storage is VersionSummaries {
  return supports(storage, 'summaries')
}

/** What is known of a version beside its document. */
export interface FactsOrigin {
  /** Bytes of its file. */
  readonly size: number
  /** When it was committed; undefined if that is unknown. */
  readonly savedAt: string | undefined
}

/** What a document of any schema says in short. */
export function factsOf(document: VersionDocument, { size, savedAt }: FactsOrigin): VersionFacts {
  const { version } = document
  const createdAt = fieldOf(document, 'created_at')
  const parent = fieldOf(document, 'parent_version')
  const metadata = fieldOf(document, 'metadata')
  const [author, message] = [fieldOf(metadata, 'author'), fieldOf(metadata, 'message')]
  const score = fieldOf(fieldOf(document, 'analysis'), 'overall_score')
  return Object.freeze({
    version,
    ...(isTimestamp(createdAt) ? { created_at: createdAt } : {}),
    ...(savedAt === undefined ? {} : { saved_at: savedAt }),
    ...(parent === null || isVersion(parent, STORED_VERSIONS) ? { parent_version: parent } : {}),
    ...(typeof author === 'string' ? { author } : {}),
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof score === 'number' && Number.isFinite(score) ? { score } : {}),
    size,
  })
}

/** Documents never change, and measuring one takes long. */
const measured = new WeakMap<VersionDocument, number>()

/** The size of a frozen document without a file: that of its JSON. */
export function measure(document: VersionDocument): number {
  const known = measured.get(document)
  if (known !== undefined) return known
  const size = Buffer.byteLength(JSON.stringify(document))
  measured.set(document, size)
  return size
}

/** Puts together what the documents say and what the head of their prompt says. */
export function summariesOf(
  facts: readonly VersionFacts[],
  head: PromptHead | undefined,
): readonly VersionSummary[] {
  if (head === undefined)
    return Object.freeze(facts.map((one) => Object.freeze({ ...one, labels: NONE, tags: NONE })))
  const labels = new Map<string, string[]>()
  for (const [label, { version }] of Object.entries(head.labels)) {
    const known = labels.get(version)
    if (known === undefined) labels.set(version, [label])
    else known.push(label)
  }
  for (const names of labels.values()) Object.freeze(names.sort())
  const summaries = facts.map((one) => {
    const { version } = one
    const deprecated = ownEntry(head.deprecated, version)
    return Object.freeze({
      ...one,
      labels: labels.get(version) ?? NONE,
      tags: ownEntry(head.tags, version) ?? NONE,
      ...(deprecated === undefined ? {} : { deprecated }),
    })
  })
  return Object.freeze(summaries)
}

const NONE: readonly string[] = Object.freeze([])

/** The own field of an object, and of nothing else. */
function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}

function ownEntry<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
