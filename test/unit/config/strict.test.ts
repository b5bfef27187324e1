import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { strict, strictlyParsed } from '../../../src/config/strict.js'

const SCHEMA = strict({
  url: z.string().optional(),
  inner: strict({ count: z.number().min(0).optional() }).optional(),
  auth: z.record(z.string(), z.string()).optional(),
})

describe('strictlyParsed', () => {
  it('returns what fits', () => {
    expect(strictlyParsed(SCHEMA, { inner: { count: 1 } }, 'config')).toEqual({
      inner: { count: 1 },
    })
  })

  it.each([
    [{ iner: {} }, 'Unknown key "iner" of config; did you mean "inner"?'],
    [{ inner: { coont: 1 } }, 'Unknown key "coont" of config.inner; did you mean "count"?'],
    [{ inner: { count: 'x' } }, `Key "config.inner.count" is wrong: expected number, got 'x'`],
    [{ inner: { count: -1 } }, 'expected number to be >=0, got -1'],
    [{ inner: null }, 'Key "config.inner" is wrong: expected object, got null'],
    [[], 'Key "config" is wrong: expected object, got an array'],
  ])('names the key, what was expected and what came: %j', (given, message) => {
    expect(() => strictlyParsed(SCHEMA, given, 'config')).toThrow(message)
  })

  it('shows the value at the place that the message names', () => {
    const named = z
      .strictObject({ use: strict({ model: z.string() }) })
      .refine(({ use }) => use.model === 'big', { path: ['use', 'model'], error: 'expected big' })
    expect(() => strictlyParsed(named, { use: { model: 'bug' } }, '')).toThrow(
      `Key "use.model" is wrong: expected big, got 'bug'`,
    )
    const kinds = strict({
      list: z.array(
        z.discriminatedUnion('type', [
          strict({ type: z.literal('exact') }),
          strict({ type: z.literal('contains') }),
        ]),
      ),
    })
    expect(() => strictlyParsed(kinds, { list: [{ type: 'contain' }] }, '')).toThrow(
      `Key "list[0].type" is wrong: expected one of 'exact', 'contains', got 'contain'`,
    )
  })

  it('names the misspelt key, not the missing one', () => {
    const schema = strict({ inputs: z.string(), count: z.number() })
    expect(() => strictlyParsed(schema, { input: 'x', count: 1 }, 'it')).toThrow(
      'did you mean "inputs"?',
    )
    expect(() => strictlyParsed(schema, { input: 'x', inputs: 'x', count: '1' }, 'it')).toThrow(
      'Key "it.count" is wrong',
    )
  })

  it('shows no secret in a wrong place', () => {
    for (const given of [
      { auth: { token: 4711 } },
      { inner: 'postgres://u:4711@h/d' },
      { url: { x: '4711' } },
    ]) {
      expect(() => strictlyParsed(SCHEMA, given, 'config')).toThrow(/is wrong/)
      expect(() => strictlyParsed(SCHEMA, given, 'config')).not.toThrow('4711')
    }
  })
})
