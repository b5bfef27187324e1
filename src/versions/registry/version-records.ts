import type { Deprecation } from '../prompt-heads.js'
import type { VersionSummary } from '../version-summaries.js'

/** What is known of a version beside its content. */
export interface VersionRecord {
  readonly prompt_id: string
  readonly version: string
  /** ISO 8601, UTC; null where the documents have no such field. */
  readonly created_at: string | null
  /** The version it was made from; null for a first one. It may have been deleted. */
  readonly parent_version: string | null
  /** `metadata.message`, if it is a text. */
  readonly message: string | null
  /** `metadata.author`, if it is a text. */
  readonly author: string | null
  /** Sorted. */
  readonly labels: readonly string[]
  /** Sorted. */
  readonly tags: readonly string[]
  /** null for a version that may be used. */
  readonly deprecated: Deprecation | null
}

/** The versions of a prompt and what each was made from. */
export interface PromptGraph {
  /** Ascending by precedence. */
  readonly nodes: readonly VersionRecord[]
  /** From the parent to the version that was made from it; both exist. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
  /** Parents that do not exist any more, ascending by name. */
  readonly missing: readonly string[]
}

export function recordOf(promptId: string, summary: VersionSummary): VersionRecord {
  const { version, created_at, parent_version, message, author, labels, tags, deprecated } = summary
  return Object.freeze({
    prompt_id: promptId,
    version,
    created_at: created_at ?? null,
    parent_version: parent_version ?? null,
    message: message ?? null,
    author: author ?? null,
    labels,
    tags,
    deprecated: deprecated ?? null,
  })
}

/** @param nodes ascending by precedence */
export function graphOf(nodes: readonly VersionRecord[]): PromptGraph {
  const known = new Set(nodes.map(({ version }) => version))
  const edges: { from: string; to: string }[] = []
  const missing = new Set<string>()
  for (const { version, parent_version: parent } of nodes) {
    if (parent === null) continue
    if (known.has(parent)) edges.push(Object.freeze({ from: parent, to: version }))
    else missing.add(parent)
  }
  return Object.freeze({
    nodes: Object.freeze([...nodes]),
    edges: Object.freeze(edges),
    missing: Object.freeze([...missing].toSorted()),
  })
}
