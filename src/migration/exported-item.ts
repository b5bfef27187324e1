import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { kindOf } from '../base/values.js'
import { isExactTimestamp, isTimestamp } from '../document/timestamp.js'
import { checkPromptId } from '../document/prompt-id.js'
import { checkHead, checkHistoryEntry } from '../versions/prompt-head-fields.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { HistoryEntry, KnownHistory } from '../versions/prompt-history.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import type { CopiedRecord } from '../versions/version-copies.js'
import type { VersionDocument } from '../versions/version-storage.js'

/** A version as an export has it. */
export interface ExportedVersion<Version extends VersionDocument = PromptVersion> {
  readonly document: Version
  /** The time of its commit: ISO 8601, UTC, milliseconds; null if it is unknown. */
  readonly saved_at: string | null
  /** The version of the schema that it was saved with; 1 if it is absent. */
  readonly schema_version?: number
}

/** What is kept of a prompt beside its versions, after these. */
export interface ExportedRecord {
  readonly prompt_id: string
  /** null if the prompt has none. */
  readonly head: PromptHead | null
  /** The oldest first. */
  readonly history: readonly HistoryEntry[]
}

/** Since when the exported storage knows its history; absent if it always did. The first item. */
export interface ExportedKnown {
  readonly known_since: KnownHistory
}

/** One item of an export: a JSON value, for a line of its own for example. */
export type ExportedItem<Version extends VersionDocument = PromptVersion> =
  ExportedVersion<Version> | ExportedRecord | ExportedKnown

/** An item of an import, checked as far as that needs no schema. */
export type ReadItem =
  | { readonly kind: 'document'; readonly document: VersionDocument }
  | {
      readonly kind: 'version'
      readonly document: VersionDocument
      readonly savedAt: string | null
      readonly schemaVersion: number
    }
  | { readonly kind: 'record'; readonly promptId: string; readonly record: CopiedRecord }
  | { readonly kind: 'known'; readonly known: KnownHistory }

/** @throws TypeError for a value that is neither an item of an export nor a document */
export function readItem(given: unknown, at: number): ReadItem {
  const name = `items[${at}]`
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrongArgument(
      `${name} must be an item of exportVersions or a document, got ${kindOf(given)}`,
    )
  // Each document has both, whatever else it has, and no item of an export does.
  if ('prompt_id' in given && 'version' in given)
    return { kind: 'document', document: given as VersionDocument }
  if ('known_since' in given) return { kind: 'known', known: knownOf(given.known_since, name) }
  if ('document' in given) return versionOf(given as Partial<ExportedVersion>, name)
  if ('history' in given) return recordOf(given as Partial<ExportedRecord>, name)
  throw wrongArgument(
    `${name} must have "document", or "prompt_id" with "version" or "history": it is neither an item of exportVersions nor a document`,
  )
}

function versionOf(given: Partial<ExportedVersion>, name: string): ReadItem {
  const { document, saved_at: savedAt = null, schema_version: schemaVersion = 1 } = given
  if (savedAt !== null && !isExactTimestamp(savedAt))
    throw wrongArgument(
      `Field "${name}.saved_at" must be an ISO 8601 time in UTC with milliseconds, or null, got ${shown(savedAt)}`,
    )
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1)
    throw wrongArgument(
      `Field "${name}.schema_version" must be a whole number from 1, got ${shown(schemaVersion)}`,
    )
  return {
    kind: 'version',
    document: document as unknown as VersionDocument,
    savedAt,
    schemaVersion,
  }
}

function recordOf(given: Partial<ExportedRecord>, name: string): ReadItem {
  const { prompt_id: promptId, head = null, history } = given
  checkPromptId(promptId, `${name}.prompt_id`)
  if (!Array.isArray(history)) throw wrongArgument(`Field "${name}.history" must be a list`)
  const entries = history.map((entry, index) =>
    checkHistoryEntry(entry, `${name}.history[${index}]`),
  )
  return {
    kind: 'record',
    promptId,
    record: {
      head: head === null ? undefined : checkHead(head, `${name}.head`),
      history: entries,
    },
  }
}

function knownOf(given: unknown, name: string): KnownHistory {
  const since: unknown = Reflect.get(Object(given), 'since')
  const reason: unknown = Reflect.get(Object(given), 'reason')
  if (isTimestamp(since) && typeof reason === 'string') return { since, reason }
  throw wrongArgument(`Field "${name}.known_since" must have the time "since" and the "reason"`)
}
