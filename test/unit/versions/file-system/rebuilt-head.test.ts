import { describe, expect, it } from 'vitest'
import { headFrom } from '../../../../src/versions/file-system/rebuilt-head.js'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'
import { headAt, moveTo } from './head-fixtures.js'

const AT = '2025-01-17T10:30:00.000Z'

describe('headFrom', () => {
  it('puts each label where its last move led, and leaves out those that were removed', () => {
    const moves = [
      moveTo('1.0.0'),
      { ...moveTo('1.0.0'), label: 'staging' },
      { ...moveTo('1.0.0'), label: '__proto__' },
      moveTo('1.0.1', '1.0.0'),
      { ...moveTo(null, '1.0.0'), label: 'staging' },
    ]
    const { labels, ...rest } = headFrom(moves)
    expect(Object.keys(labels)).toEqual(['production', '__proto__'])
    expect(labels['production']).toEqual(headAt('1.0.1').labels['production'])
    expect({ ...rest, labels: {} }).toEqual(NO_HEAD)
  })

  it('knows the highest number that was deleted, also if it came back', () => {
    const deletion = { trash: true, at: AT }
    const history = [
      { ...deletion, deleted: { '1.9.0': null, '1.10.0': AT } },
      { ...deletion, deleted: { '1.2.0': null } },
      { restored: { '1.10.0': AT }, at: AT },
    ]
    expect(headFrom(history).highest).toBe('1.10.0')
    expect(headFrom([])).toEqual(NO_HEAD)
  })
})
