import { TextDecoder } from 'node:util'
import { checkHead } from '../versions/prompt-head-fields.js'
import type { PromptHead, PromptView } from '../versions/prompt-heads.js'
import type { NewDocument, SourceChange } from '../versions/source/document-source.js'
import type { WireChange, WireCopy, WireNewDocument, WireView } from '../wire/store-port.js'

/** @throws TypeError for a text that is not one of a head */
export function headIn(text: string | null): PromptHead | undefined {
  return text === null ? undefined : checkHead(JSON.parse(text), 'head')
}

export function viewIn({ prompt_id: promptId, head, versions }: WireView): PromptView {
  return { promptId, head: headIn(head), versions }
}

export function wireView({ promptId, head, versions }: PromptView): WireView {
  return { prompt_id: promptId, head: wireHead(head), versions }
}

/** The storage behind the server decides the time of a new document; a copy keeps its own. */
export function wireDocument(document: NewDocument): WireNewDocument {
  const { promptId, savedAt } = document
  const text = new TextDecoder().decode(document.encode(savedAt ?? undefined))
  return { prompt_id: promptId, text, ...(savedAt === undefined ? {} : { saved_at: savedAt }) }
}

/** The head of what only deletes is the storage's own to change. */
export function wireChange(change: SourceChange): WireChange {
  const { view, save, delete: deleted, requires, head, moves, isDeletion } = change
  return {
    prompt_id: view.promptId,
    save: save.map(wireDocument),
    delete: deleted,
    requires,
    moves: JSON.stringify(moves),
    ...(head === undefined || isDeletion ? {} : { head: JSON.stringify(head) }),
  }
}

export function wireCopy({ view, save, delete: remove, record }: SourceChange): WireCopy {
  return {
    prompt_id: view.promptId,
    view: wireView(view),
    save: save.map(wireDocument),
    remove,
    ...(record === undefined
      ? {}
      : { record: JSON.stringify({ head: record.head ?? null, history: record.history }) }),
  }
}

/** Whether a change is a copy from another storage, whose times and history are kept. */
export function isCopy({ save, record }: SourceChange): boolean {
  return record !== undefined || save.some(({ savedAt }) => savedAt !== undefined)
}

function wireHead(head: PromptHead | undefined): string | null {
  return head === undefined ? null : JSON.stringify(head)
}
