import { describe, expect, it } from 'vitest'
import { NO_HEAD, type PromptHead } from '../../../../src/versions/prompt-heads.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { nextNumber, PromptDraft } from '../../../../src/versions/registry/prompt-draft.js'
import { parseReference } from '../../../../src/versions/registry/reference.js'

const at = '2025-01-17T10:00:00.000Z'
const anywhere = { expected: undefined, by: null, reason: null, allowProtected: false }

function draftOf(versions: readonly string[], head?: PromptHead): PromptDraft {
  return new PromptDraft({ promptId: 'p', head, versions }, { at, protectedLabels: new Set() })
}

describe('the next number', () => {
  it.each([
    [[], null, 'major', '1.0.0'],
    [['1.2.3'], null, 'minor', '1.3.0'],
    [['1.2.3'], '2.0.0', 'patch', '2.0.1'],
    [['2.1.0'], '2.0.0', 'patch', '2.1.1'],
    [[], '1.0.4', 'patch', '1.0.5'],
    [['2.0.0-beta.1'], '1.9.9', 'patch', '2.0.0'],
  ] as const)('after %j and the deleted %s, %s, is %s', (versions, highest, bump, expected) => {
    expect(nextNumber(versions, highest, bump)).toBe(expected)
  })
})

describe('a draft', () => {
  it('that only read has nothing to commit but that what it read is there', () => {
    const draft = draftOf(['1.0.0'])
    expect(draft.changes()).toEqual([])
    expect(draft.find(parseReference('7.0.0'))).toBeUndefined()
    expect(draft.changes()).toEqual([])
    draft.require(parseReference('^1'))
    expect(draft.changes()).toMatchObject([{ promptId: 'p', save: [], requires: ['1.0.0'] }])
    expect(draft.changes()[0]).not.toHaveProperty('head')
  })

  it('gives a prompt its head with the first version, and sees what it saves itself', () => {
    const draft = draftOf([])
    draft.save(sampleVersion('p', '1.0.0'))
    draft.move('constructor', draft.require(parseReference('latest')), anywhere)
    expect(draft.versions).toEqual(['1.0.0'])
    expect(draft.find(parseReference('@constructor'))).toBe('1.0.0')
    expect(draft.changes()).toMatchObject([
      { requires: [], head: { labels: { constructor: { version: '1.0.0', at } } } },
    ])
  })

  it('takes the notes of deleted versions away, and leaves the given head as it is', () => {
    const head = { ...NO_HEAD, tags: { '1.0.0': ['x'] }, deprecated: {} }
    const draft = draftOf(['1.0.0', '1.0.1'], head)
    draft.tag('1.0.1', ['b', 'a'], [])
    draft.deprecate('1.0.1', { by: null, reason: 'old' })
    draft.delete(['1.0.0'])
    expect(draft.versions).toEqual(['1.0.1'])
    expect(draft.head.tags).toEqual({ '1.0.1': ['a', 'b'] })
    expect(draft.head.deprecated).toEqual({ '1.0.1': { at, by: null, reason: 'old' } })
    expect(head.tags).toEqual({ '1.0.0': ['x'] })
  })

  it('leaves the head alone where nothing changes', () => {
    const head = { ...NO_HEAD, tags: { '1.0.0': ['x'] } }
    const draft = draftOf(['1.0.0'], head)
    expect(draft.tag('1.0.0', ['x'], ['y'])).toEqual(['x'])
    expect(draft.undeprecate('1.0.0')).toBe(false)
    expect(draft.move('live', null, anywhere).from).toBeNull()
    expect(draft.head).toBe(head)
    expect(draft.tag('1.0.0', [], ['x'])).toEqual([])
    expect(draft.head.tags).toEqual({})
  })
})
