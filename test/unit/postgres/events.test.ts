import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../../src/index.js'
import { decodeEvents, encodeEvents } from '../../../src/postgres/events.js'

describe('the events of a commit', () => {
  it('come back as they were', () => {
    const events: readonly SourceEvent[] = [
      { kind: 'save', promptId: 'a "b" \\ 🙂', version: '1.0.0' },
      { kind: 'delete', promptId: '__proto__', version: '2.0.0-beta.1' },
      { kind: 'head', promptId: 'p' },
      { kind: 'reset' },
    ]
    expect(decodeEvents(encodeEvents(events))).toEqual(events)
  })

  it('count as any change where a later program wrote another kind', () => {
    expect(decodeEvents('[["x","p"],["s","p"]]')).toEqual([{ kind: 'reset' }, { kind: 'reset' }])
  })
})
