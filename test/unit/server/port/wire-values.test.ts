import { describe, expect, it } from 'vitest'
import {
  jsonIn,
  knownIn,
  recordIn,
  sameHead,
  wireHead,
  wireView,
} from '../../../../src/server/port/wire-values.js'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'

describe('values of the port', () => {
  it('compare heads by what they say, in any order of their fields', () => {
    const { labels, ...rest } = NO_HEAD
    expect(sameHead(NO_HEAD, JSON.stringify({ ...rest, labels }))).toBe(true)
    expect(sameHead(NO_HEAD, null)).toBe(false)
    expect(sameHead(undefined, null)).toBe(true)
  })

  it('are written as JSON', () => {
    expect(wireHead(undefined)).toBeNull()
    const view = { promptId: 'p', head: NO_HEAD, versions: ['1.0.0'] }
    expect(wireView(view)).toEqual({
      prompt_id: 'p',
      head: JSON.stringify(NO_HEAD),
      versions: ['1.0.0'],
    })
  })

  it('are refused where they do not fit', () => {
    expect(() => jsonIn('{', 'head')).toThrow(/"head" must be a JSON text/)
    expect(() => recordIn('{"head":null}')).toThrow(/"record"/)
    expect(() => knownIn('{"since":"x","reason":"y"}')).toThrow(/"known"/)
    expect(recordIn('{"head":null,"history":[]}')).toEqual({ head: undefined, history: [] })
    const known = { since: '2025-01-17T10:30:00.000Z', reason: 'cleared' }
    expect(knownIn(JSON.stringify(known))).toEqual(known)
  })
})
