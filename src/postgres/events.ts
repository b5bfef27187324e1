import type { SourceEvent } from '../versions/source/document-source.js'

/** The events of one commit as its row has them: short, since each commit writes one. */
export function encodeEvents(events: readonly SourceEvent[]): string {
  return JSON.stringify(
    events.map((event) => {
      if (event.kind === 'reset') return ['r']
      if (event.kind === 'head') return ['h', event.promptId]
      return [event.kind === 'save' ? 's' : 'd', event.promptId, event.version]
    }),
  )
}

/** What a later program may have written counts as any change. */
export function decodeEvents(text: string): readonly SourceEvent[] {
  const events = JSON.parse(text) as readonly (readonly string[])[]
  return events.map(([kind, promptId, version]) => {
    if (kind === 'h' && promptId !== undefined) return { kind: 'head', promptId }
    if ((kind === 's' || kind === 'd') && promptId !== undefined && version !== undefined)
      return { kind: kind === 's' ? 'save' : 'delete', promptId, version }
    return { kind: 'reset' }
  })
}
