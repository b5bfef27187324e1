import { StorageError } from '../base/errors.js'
import { toError } from '../base/values.js'
import { checkHead, checkHistoryEntry } from '../versions/prompt-head-fields.js'
import type { HistoryEntry } from '../versions/prompt-history.js'
import type { HeadState, RemovedObject } from './head-state.js'

const FORMAT_VERSION = 1

/** The state as JSON has it. */
interface HeadJson {
  readonly format_version: number
  readonly prompt_id: string
  readonly changes: number
  readonly recent: readonly string[]
  readonly head: unknown
  readonly epoch: string
  readonly pages: number
  readonly history: readonly unknown[]
  readonly removed: readonly (readonly [version: string, objects: readonly RemovedObject[]])[]
  readonly prepared: PreparedJson | null
}

interface PreparedJson {
  readonly id: string
  readonly is_shared: boolean
  readonly saves: readonly string[]
  readonly after: HeadJson
}

/**
 * The bytes of a head. Lists of objects tell nothing but names and lengths: the length is odd if the names of a prompt's
 * objects do not tell its versions without the head.
 */
export function encodeHeadState(state: HeadState): Uint8Array {
  const text = Buffer.from(`${JSON.stringify(jsonOf(state))}\n`)
  const isOdd = state.prepared !== undefined || state.removed.size > 0
  return (text.length % 2 === 1) === isOdd ? text : Buffer.concat([text, Buffer.from('\n')])
}

/** Whether the names of a prompt's objects tell its versions, by the length of its head. */
export function isSettled({ bytes }: { readonly bytes: number }): boolean {
  return bytes % 2 === 0
}

/** @throws StorageError FS-FORMAT-001 for one of a later program, FS-LOAD-001 for a damaged one */
export function decodeHeadState(bytes: Uint8Array, place: string): HeadState {
  const json = sound(place, () => JSON.parse(textOf(bytes)) as HeadJson)
  const version: unknown = json?.format_version
  if (typeof version === 'number' && version > FORMAT_VERSION)
    throw new StorageError(
      'FS-FORMAT-001',
      `${place} is of a later program (format ${version}); this one knows up to ${FORMAT_VERSION}`,
      { context: { reason: 'newer', format_version: version } },
    )
  return sound(place, () => stateOf(json))
}

/** The bytes of a full page of the history: the same for all who write it. */
export function encodeHistory(entries: readonly HistoryEntry[]): Uint8Array {
  return Buffer.from(`${JSON.stringify(entries)}\n`)
}

/** @throws StorageError FS-LOAD-001 for a damaged one */
export function decodeHistory(bytes: Uint8Array, place: string): readonly HistoryEntry[] {
  return sound(place, () => (JSON.parse(textOf(bytes)) as unknown[]).map(checked))
}

function jsonOf(state: HeadState): HeadJson {
  const { promptId, changes, recent, head, epoch, pages, tail, removed, prepared } = state
  return {
    format_version: FORMAT_VERSION,
    prompt_id: promptId,
    changes,
    recent,
    head: head ?? null,
    epoch,
    pages,
    history: tail,
    removed: [...removed],
    prepared:
      prepared === undefined
        ? null
        : {
            id: prepared.id,
            is_shared: prepared.isShared,
            saves: prepared.saves,
            after: jsonOf(prepared.after),
          },
  }
}

function stateOf(json: HeadJson): HeadState {
  const { prompt_id: promptId, changes, recent, head, epoch, pages, prepared } = json
  for (const number of [changes, pages])
    if (!Number.isSafeInteger(number)) throw new Error('a number is missing')
  if (typeof promptId !== 'string' || typeof epoch !== 'string')
    throw new Error('the id of the prompt or its epoch is missing')
  return {
    promptId,
    changes,
    recent: [...recent],
    head: head === null ? undefined : checkHead(head, 'head'),
    epoch,
    pages,
    tail: json.history.map(checked),
    removed: new Map(json.removed),
    prepared:
      prepared === null
        ? undefined
        : {
            id: prepared.id,
            isShared: prepared.is_shared,
            saves: [...prepared.saves],
            after: stateOf(prepared.after),
          },
  }
}

function checked(entry: unknown, at: number): HistoryEntry {
  return checkHistoryEntry(entry, `history[${at}]`)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function sound<Result>(place: string, decode: () => Result): Result {
  try {
    return decode()
  } catch (cause) {
    throw new StorageError('FS-LOAD-001', `${place} is damaged: ${toError(cause).message}`, {
      context: { reason: 'head' },
      cause,
    })
  }
}
