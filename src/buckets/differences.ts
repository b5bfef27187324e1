import { movesIn } from '../versions/prompt-history.js'
import type { SourceEvent } from '../versions/source/document-source.js'
import { emptyHead, PAGE_ENTRIES, type HeadState } from './head-state.js'
import type { CurrentPrompt, ListedVersions, Scan } from './prompt-reader.js'

/** How many entries a history has. */
export interface HistoryLength {
  readonly epoch: string
  readonly entries: number
}

/** What watchers know about a prompt. */
export interface KnownPrompt {
  /** What a list has shown of all its objects; '' if that is to be compared in any case. */
  readonly signature: string
  /** The ETag or generation of its head; undefined if that is to be compared in any case. */
  readonly headTag: string | undefined
  readonly versions: ListedVersions
  /** 'unknown': it was there before the watchers. 'told': whatever it is, watchers know that it has changed. */
  readonly history: HistoryLength | 'unknown' | 'told'
}

export const NOTHING_LISTED: ListedVersions = new Map()
const NOTHING_KNOWN: Pick<KnownPrompt, 'headTag' | 'versions' | 'history'> = {
  headTag: '',
  versions: NOTHING_LISTED,
  history: lengthOf(emptyHead('')),
}

/** What a list shows of a prompt's objects, as one text. */
export function signatureOf({ directories, heads }: Scan, directory: string): string {
  const versions = [...(directories.get(directory) ?? [])].map(
    ([version, facts]) => `${version} ${facts.version}`,
  )
  return [headTagOf({ directories, heads }, directory), ...versions].join('\n')
}

/** '' for a prompt without a head. */
export function headTagOf({ heads }: Scan, directory: string): string {
  return heads.get(directory)?.version ?? ''
}

export function lengthOf({ epoch, pages, tail }: HeadState): HistoryLength {
  return { epoch, entries: pages * PAGE_ENTRIES + tail.length }
}

/** Whether watchers know less of a history than this length. */
export function isNews(known: KnownPrompt['history'], length: HistoryLength): boolean {
  if (known === 'unknown' || known === 'told' || known.epoch !== length.epoch) return true
  return known.entries < length.entries
}

/** What has changed in a prompt since watchers were told: its versions, then its head. */
export function differences(
  promptId: string,
  known: KnownPrompt | undefined,
  { versions, headTag, state }: CurrentPrompt,
): readonly SourceEvent[] {
  const before = known ?? NOTHING_KNOWN
  const gone = [...before.versions].filter(([version, tag]) => versions.get(version) !== tag)
  const saved = [...versions].filter(([version, tag]) => before.versions.get(version) !== tag)
  const events: SourceEvent[] = [
    ...gone.map(([version]) => ({ kind: 'delete' as const, promptId, version })),
    ...saved.map(([version]) => ({ kind: 'save' as const, promptId, version })),
  ]
  if (headTag === before.headTag || before.history === 'told') return events
  return [...events, headEvent(promptId, before.history, state)]
}

/** With the moves since the known length, if they are in the head. */
function headEvent(
  promptId: string,
  known: HistoryLength | 'unknown',
  state: HeadState,
): SourceEvent {
  const kind = 'head'
  if (known === 'unknown' || known.epoch !== state.epoch) return { kind, promptId }
  const from = known.entries - state.pages * PAGE_ENTRIES
  return from < 0 ? { kind, promptId } : { kind, promptId, moves: movesIn(state.tail.slice(from)) }
}
