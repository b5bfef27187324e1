import { isDeepStrictEqual } from 'node:util'
import { canonicalJson, checksumOf } from '../document/checksum.js'
import { encodeVersionFile } from '../document/version-file.js'
import { NO_HEAD } from '../versions/prompt-heads.js'
import type { CopiedRecord, CopiedVersion, PromptState } from '../versions/version-copies.js'

/** What differs between a prompt and its copy. */
export type DifferenceKind =
  /** The target lacks a version. */
  | 'missing'
  /** The target has a version that the source does not have. */
  | 'extra'
  /** The document, the time of its commit, or the version of its schema. */
  | 'content'
  /** Labels, tags, deprecations, or the highest number that was given. */
  | 'labels'
  /** Moves of labels, deletions and restorations. */
  | 'history'

/** Where a target is not what its source is. */
export interface Difference {
  readonly prompt_id: string
  /** Absent if it concerns the prompt as a whole. */
  readonly version?: string
  readonly kind: DifferenceKind
}

/** The checksum of a document as a file of it would be: its text, the time of its commit, the version of its schema. */
export function digestOf(copy: CopiedVersion): string {
  return checksumOf(textOf(copy))
}

/** How many bytes a file of a document would have, about. */
export function sizeOf(copy: CopiedVersion): number {
  return textOf(copy).length
}

function textOf({ document, savedAt, schemaVersion }: CopiedVersion): Uint8Array {
  const time = savedAt ?? undefined
  return encodeVersionFile(document, { checksum: false, savedAt: time, schemaVersion })
}

/** The checksum of a record. A head without anything in it is as none. */
export function recordDigest({ head, history }: CopiedRecord): string {
  return checksumOf(Buffer.from(canonicalJson({ head: head ?? NO_HEAD, history })))
}

/** What to do about the record of a prompt in the target. */
export type RecordPlan = 'same' | 'write' | 'labels' | 'history'

/**
 * Whether the record of the source may replace that of the target: if the target has none, if the source has only gone
 * on from there, or if the target has the one that this migration wrote there last. 'labels' and 'history' say what
 * differs otherwise.
 */
export function planRecord(
  source: CopiedRecord,
  target: CopiedRecord,
  written: ReadonlySet<string>,
): RecordPlan {
  const own = recordDigest(target)
  if (own === recordDigest(source)) return 'same'
  if (target.history.length === 0 && own === recordDigest(EMPTY)) return 'write'
  const isEarlier =
    target.history.length < source.history.length &&
    isDeepStrictEqual(target.history, source.history.slice(0, target.history.length))
  if (isEarlier || written.has(own)) return 'write'
  return isDeepStrictEqual(target.history, source.history) ? 'labels' : 'history'
}

const EMPTY: CopiedRecord = { head: undefined, history: [] }

/** What of a source's versions is missing in a target, what is in both, and what only the target has. */
export interface VersionSets {
  readonly missing: readonly string[]
  readonly both: readonly string[]
  readonly extra: readonly string[]
}

/** @param names the versions of the source, in the order in which they are copied */
export function versionSets(names: readonly string[], target: PromptState): VersionSets {
  const own = new Set(names)
  return {
    missing: names.filter((version) => !target.versions.has(version)),
    both: names.filter((version) => target.versions.has(version)),
    extra: [...target.versions.keys()].filter((version) => !own.has(version)),
  }
}
