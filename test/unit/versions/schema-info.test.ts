import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import {
  schemaDifference,
  schemaInfoOption,
  upgradeOption,
  upgraded,
} from '../../../src/versions/schema-info.js'

describe('schemaInfo', () => {
  it('is a name and a version', () => {
    const info = { name: 'prompts', version: 3 }
    expect(schemaInfoOption(info)).toEqual(info)
    expect(schemaInfoOption(undefined)).toBeUndefined()
  })

  it.each([
    ['a text', 'prompts', 'Options of schemaInfo must be an object'],
    ['a misspelt field', { nmae: 'x', version: 1 }, 'did you mean "name"?'],
    ['no name', { version: 1 }, 'Option "schemaInfo.name"'],
    ['an empty name', { name: '', version: 1 }, 'Option "schemaInfo.name"'],
    ['a long name', { name: 'x'.repeat(201), version: 1 }, 'at most 200 characters'],
    ['half a character', { name: '\ud800', version: 1 }, 'well-formed'],
    ['no version', { name: 'x' }, 'Option "schemaInfo.version" is missing'],
    ['a version that is text', { name: 'x', version: '1' }, 'Option "schemaInfo.version"'],
    ['version 0', { name: 'x', version: 0 }, 'from 1 to 999999999'],
    ['a version too large', { name: 'x', version: 1e9 }, 'from 1 to 999999999'],
  ])('is refused with %s, which the error names', (_, given, message) => {
    expect(() => schemaInfoOption(given as never)).toThrow(message)
    expect(() => new MemoryStorage({ schemaInfo: given as never })).toThrow(message)
  })

  it('differs by another name and by a later version in the store', () => {
    const info = { name: 'prompts', version: 2 }
    expect(schemaDifference(info, info)).toBeUndefined()
    expect(schemaDifference({ ...info, version: 1 }, info)).toBeUndefined()
    expect(schemaDifference(undefined, info)).toBeUndefined()
    expect(schemaDifference(info, undefined)).toBeUndefined()
    expect(schemaDifference({ ...info, version: 3 }, info)).toContain('"prompts", version 3')
    expect(schemaDifference({ ...info, name: 'a\n"b"' }, info)).toContain(String.raw`"a\n\"b\""`)
  })
})

describe('upgrade', () => {
  it('is a function', () => {
    const info = { name: 'prompts', version: 2 }
    expect(() => upgradeOption('up' as never, info)).toThrow('Option "upgrade" must be a function')
  })

  it('gives a frozen copy', () => {
    const made = { prompt_id: 'p', version: '1.0.0', parts: [1] }
    const copy = upgraded({ prompt_id: 'p', version: '1.0.0' }, 1, { upgrade: () => made })
    made.parts.push(2)
    expect(copy).toEqual({ prompt_id: 'p', version: '1.0.0', parts: [1] })
    expect(Object.isFrozen(copy)).toBe(true)
  })
})
