import { describe, expect, it } from 'vitest'
import {
  checkAll,
  checkMove,
  checkNote,
  checkPublish,
  type PublishOptions,
} from '../../../../src/versions/registry/registry-options.js'
import { checkTag } from '../../../../src/versions/registry/tag-name.js'

describe('the options of a publication', () => {
  it('have their defaults filled in', () => {
    expect(checkPublish()).toEqual({
      bump: undefined,
      labels: [],
      parent: undefined,
      tags: [],
      metadata: {},
      rules: { expected: undefined, by: null, reason: null, allowProtected: false },
    })
  })

  it('put author and message into the metadata, which may have others', () => {
    const { metadata, rules, labels } = checkPublish({
      author: 'ada',
      message: 'm',
      labels: ['a', 'a'],
      metadata: { author: 'bob', x: 1 },
    })
    expect(metadata).toEqual({ author: 'bob', message: 'm', x: 1 })
    expect(rules).toMatchObject({ by: 'ada', reason: 'm' })
    expect(labels).toEqual(['a'])
  })

  it.each([
    [{ bumb: 'major' }, /did you mean "bump"/],
    [{ bump: 'huge' }, /"bump" must be one of/],
    [{ labels: 'live' }, /"labels" must be an array/],
    [{ labels: ['live', 'B'] }, /"labels\[1\]"/],
    [{ parent: 'v1' }, /"parent"/],
    [{ parent: 1 }, /"parent" must be a version or null/],
    [{ tags: [''] }, /"tags\[0\]"/],
    [{ metadata: [] }, /"metadata" must be an object/],
    [{ message: '' }, /"message"/],
    [{ author: 7 }, /"author"/],
    [{ allowProtected: 'yes' }, /"allowProtected"/],
  ])('are refused as %j', (options, message) => {
    expect(() => checkPublish(options as unknown as PublishOptions)).toThrow(message)
  })
})

describe('the options of a move', () => {
  it('keep "no version" and "any version" apart', () => {
    expect(checkMove(undefined, 'label').expected).toBeUndefined()
    expect(checkMove({ expected: null }, 'label').expected).toBeNull()
    expect(() => checkMove({ expected: '^1' }, 'label')).toThrow(/"expected"/)
  })

  it('of a deprecation are only who and why', () => {
    expect(checkNote({ by: 'ada' }, 'deprecate')).toEqual({ by: 'ada', reason: null })
    expect(() => checkNote({ expected: null } as object, 'deprecate')).toThrow(/of deprecate/)
  })
})

describe('a list of an option', () => {
  it('is copied and frozen', () => {
    const given = ['a']
    const checked = checkAll('add', given, checkTag)
    given.push('')
    expect(checked).toEqual(['a'])
    expect(Object.isFrozen(checked)).toBe(true)
  })
})
