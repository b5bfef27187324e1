import { describe, expect, it } from 'vitest'
import pc from 'picocolors'
import { recordText } from '../../../src/cli/version-record.js'

const RECORD = {
  prompt_id: 'p',
  version: '1.2.0',
  created_at: null,
  parent_version: '1.1.0',
  message: 'First line\nsecond line\n',
  author: 'ada',
  labels: ['live', 'staging'],
  tags: ['short one'],
  deprecated: { at: '2026-11-29T00:00:00.000Z', by: 'bob', reason: 'too long' },
}

describe('the text of what is known of a version', () => {
  it('has number, labels and tags, and below them who, from what and why, within the width', () => {
    const text = recordText(RECORD, { width: 30, colors: pc.createColors(false) })
    expect(text.split('\n')).toEqual([
      '1.2.0  @live @staging  #short one',
      '    at an unknown time by ada',
      '    from 1.1.0',
      '    First line',
      '    second line',
      '    Deprecated by bob: too',
      '    long',
    ])
  })
})
