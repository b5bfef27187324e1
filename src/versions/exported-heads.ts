import { isDeepStrictEqual } from 'node:util'
import { StorageError } from '../base/errors.js'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { checkPromptId } from '../document/prompt-id.js'
import type { CommitTimes } from './memory-export.js'
import { checkHead, checkHistoryEntry } from './prompt-head-fields.js'
import type { PromptHead } from './prompt-heads.js'
import type { HistoryEntry } from './prompt-history.js'

/** What is kept of a prompt beside its versions. */
export interface PromptRecord {
  readonly head: PromptHead
  /** Moves of labels, deletions and what came back, the oldest first. */
  readonly history: readonly HistoryEntry[]
}

/** By prompt id. */
export type PromptRecords = ReadonlyMap<string, PromptRecord>

/** As an export has it: by prompt id. */
export type ExportedRecords = Readonly<Record<string, PromptRecord>>

/** What an export holds beside the documents. */
export interface Imported {
  readonly times: CommitTimes
  readonly records: PromptRecords
}

/** Whether a version exists, or is about to be imported. */
type IsThere = (promptId: string, version: string) => boolean

/** The records of a storage as an export has them, sorted by prompt id. */
export function exportedRecords(records: PromptRecords): ExportedRecords {
  const sorted = [...records].toSorted(([a], [b]) => (a < b ? -1 : 1))
  // fromEntries defines own properties: an id such as __proto__ is a key like any other.
  return Object.freeze(Object.fromEntries(sorted))
}

/** The records in an export, checked and frozen. @throws TypeError naming the field that does not fit */
export function recordsOf(given: unknown): PromptRecords {
  const records = new Map<string, PromptRecord>()
  for (const [promptId, record] of Object.entries(Object(given))) {
    const name = `prompts[${shown(promptId)}]`
    checkPromptId(promptId, name)
    const history: unknown = Reflect.get(Object(record), 'history')
    if (!Array.isArray(history))
      throw wrongArgument(`Field "${name}.history" of the export must be a list`)
    records.set(
      promptId,
      Object.freeze({
        head: checkHead(Reflect.get(Object(record), 'head'), `${name}.head`),
        history: Object.freeze(
          history.map((entry, at) => checkHistoryEntry(entry, `${name}.history[${at}]`)),
        ),
      }),
    )
  }
  return records
}

/**
 * Those of the imported records that are new. A prompt that has the same record already keeps it.
 *
 * @throws StorageError OPT-LABEL-001 for a prompt that has another record: which of the two counts is not for an import
 * to decide
 * @throws TypeError for a label whose version is neither stored nor in the export
 */
export function newRecords(
  imported: PromptRecords,
  stored: PromptRecords,
  isThere: IsThere,
): PromptRecords {
  const fresh = [...imported].filter(([promptId, record]) => {
    const own = stored.get(promptId)
    if (own !== undefined && isDeepStrictEqual(own, record)) return false
    if (own !== undefined) throw conflict(promptId, own.head)
    refuseDangling(promptId, record.head, isThere)
    return true
  })
  return new Map(fresh)
}

function conflict(promptId: string, head: PromptHead): StorageError {
  return new StorageError(
    'OPT-LABEL-001',
    `Cannot import prompt ${promptId}: it has other labels, tags, deprecations or another history; import it into an empty storage`,
    { context: { prompt_id: promptId, labels: Object.keys(head.labels), reason: 'imported' } },
  )
}

function refuseDangling(promptId: string, { labels }: PromptHead, isThere: IsThere): void {
  const wrong = Object.entries(labels).find(([, { version }]) => !isThere(promptId, version))
  if (wrong === undefined) return
  const [label, { version }] = wrong
  throw wrongArgument(
    `The export must hold the version that label ${shown(label)} of prompt ${promptId} names, ${version}`,
  )
}
