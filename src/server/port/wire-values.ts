import { wrongArgument } from '../../base/misuse.js'
import { isErrorNamed, isRecord } from '../../base/values.js'
import { canonicalJson } from '../../document/checksum.js'
import { isTimestamp } from '../../document/timestamp.js'
import { checkHead, checkHistoryEntry } from '../../versions/prompt-head-fields.js'
import type { PromptHead, PromptView } from '../../versions/prompt-heads.js'
import type { KnownHistory } from '../../versions/prompt-history.js'
import type { CopiedRecord } from '../../versions/version-copies.js'
import type { WireView } from '../../wire/store-port.js'

export function wireHead(head: PromptHead | undefined): string | null {
  return head === undefined ? null : JSON.stringify(head)
}

export function wireView({ promptId, head, versions }: PromptView): WireView {
  return { prompt_id: promptId, head: wireHead(head), versions }
}

/** @throws TypeError for a text that is not the JSON of a head */
export function headIn(text: string | null): PromptHead | undefined {
  return text === null ? undefined : checkHead(jsonIn(text, 'head'), 'head')
}

/** Whether a head is the one that a client has seen. */
export function sameHead(head: PromptHead | undefined, seen: string | null): boolean {
  if (head === undefined || seen === null) return head === undefined && seen === null
  return canonicalJson(head) === canonicalJson(jsonIn(seen, 'head'))
}

/** The value of a JSON text. @throws TypeError naming the field, for a text that is not JSON */
export function jsonIn(text: string, field: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (!isErrorNamed(cause, 'SyntaxError')) throw cause
    throw wrongArgument(`Field "${field}" must be a JSON text`, { cause })
  }
}

/** @throws TypeError for a text that is not the JSON of a record */
export function recordIn(text: string): CopiedRecord {
  const given = jsonIn(text, 'record')
  if (!isRecord(given) || !Array.isArray(given['history']))
    throw wrongArgument('Field "record" must be the JSON of { head, history }')
  const { head, history } = given
  return {
    head: head === null ? undefined : checkHead(head, 'record.head'),
    history: (history as readonly unknown[]).map((entry, at) =>
      checkHistoryEntry(entry, `record.history[${at}]`),
    ),
  }
}

/** @throws TypeError for a text that does not say since when a history is known */
export function knownIn(text: string | null): KnownHistory | undefined {
  if (text === null) return undefined
  const given = jsonIn(text, 'known')
  if (!isRecord(given) || !isTimestamp(given['since']) || typeof given['reason'] !== 'string')
    throw wrongArgument('Field "known" must be the JSON of { since, reason }')
  const { since, reason } = given
  return { since: String(since), reason }
}
