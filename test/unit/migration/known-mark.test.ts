import { describe, expect, it } from 'vitest'
import {
  isMigrating,
  knownBefore,
  laterKnown,
  migratingMark,
} from '../../../src/migration/known-mark.js'

const EARLY = { since: '2024-01-01T00:00:00.000Z', reason: 'cleared' }
const LATE = { since: '2025-01-01T00:00:00.000Z', reason: 'older_program' }
const NOW = '2026-01-01T00:00:00.000Z'

describe('the mark of a migration under way', () => {
  it('is recognised, and says what was recorded before it', () => {
    for (const before of [undefined, EARLY, { ...EARLY, reason: 'of several words' }]) {
      const mark = migratingMark(before, NOW)
      expect(mark.since).toBe(NOW)
      expect(isMigrating(mark)).toBe(true)
      expect(knownBefore(mark)).toEqual(before)
    }
  })

  it('is not seen in what other reasons there are', () => {
    for (const known of [undefined, EARLY, LATE]) {
      expect(isMigrating(known)).toBe(false)
      expect(knownBefore(known)).toBe(known)
    }
  })
})

describe('what a target knows of the past', () => {
  it('begins with the shorter of two histories', () => {
    expect(laterKnown(EARLY, LATE)).toBe(LATE)
    expect(laterKnown(LATE, EARLY)).toBe(LATE)
    expect(laterKnown(undefined, EARLY)).toBe(EARLY)
    expect(laterKnown(LATE, undefined)).toBe(LATE)
    expect(laterKnown(undefined, undefined)).toBeUndefined()
  })
})
