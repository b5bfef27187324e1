import type { LabelMove } from '../versions/prompt-heads.js'
import type { SourceEvent } from '../versions/source/document-source.js'

/** The events of one commit as its row has them: short, since each commit writes one. */
export function encodeEvents(events: readonly SourceEvent[]): string {
  return JSON.stringify(
    events.map((event) => {
      if (event.kind === 'reset') return ['r']
      if (event.kind === 'head') return ['h', event.promptId, event.moves]
      return [event.kind === 'save' ? 's' : 'd', event.promptId, event.version]
    }),
  )
}

/** What a later program may have written counts as any change. */
export function decodeEvents(text: string): readonly SourceEvent[] {
  const events = JSON.parse(text) as readonly (readonly unknown[])[]
  return events.map(([kind, promptId, what]): SourceEvent => {
    if (typeof promptId !== 'string') return RESET
    if (kind === 'h')
      return { kind: 'head', promptId, moves: (what as readonly LabelMove[] | null) ?? undefined }
    if (typeof what !== 'string' || (kind !== 's' && kind !== 'd')) return RESET
    return { kind: kind === 's' ? 'save' : 'delete', promptId, version: what }
  })
}

const RESET: SourceEvent = { kind: 'reset' }
