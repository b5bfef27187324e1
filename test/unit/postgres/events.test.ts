import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../../src/index.js'
import { decodeEvents, encodeEvents } from '../../../src/postgres/events.js'

const MOVE = { from: null, to: '1.0.0', by: null, reason: '\ud800', at: '2025-01-17T10:30:00Z' }

describe('the events of a commit', () => {
  it('come back as they were', () => {
    const events: readonly SourceEvent[] = [
      { kind: 'save', promptId: 'a "b" \\ 🙂', version: '1.0.0' },
      { kind: 'delete', promptId: '__proto__', version: '2.0.0-beta.1' },
      { kind: 'head', promptId: 'p', moves: undefined },
      { kind: 'head', promptId: 'p', moves: [{ ...MOVE, label: '"\\u0000' }] },
      { kind: 'reset' },
    ]
    expect(decodeEvents(encodeEvents(events))).toEqual(events)
  })

  it('count as any change where a later program wrote another kind', () => {
    expect(decodeEvents('[["x","p"],["s","p"]]')).toEqual([{ kind: 'reset' }, { kind: 'reset' }])
  })
})
