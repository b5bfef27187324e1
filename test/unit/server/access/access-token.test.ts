import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  AccessTokens,
  mayDo,
  type AccessToken,
} from '../../../../src/server/access/access-token.js'

const SECRET = 'abcdefghijklmnop'

describe('tokens', () => {
  const tokens = new AccessTokens([
    { name: 'ada', scope: 'write', secret: SECRET, public_key: 'pk-1' },
    { name: 'bob', sha256: hash('sha256', 'qrstuvwxyz012345') },
  ])

  it('are found by a bearer and by Basic authentication, in any case of the scheme', () => {
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
    const ada = { name: 'ada', scope: 'write' }
    expect(tokens.find(`Bearer ${SECRET}`)).toEqual(ada)
    expect(tokens.find(`bearer  ${SECRET}`)).toEqual(ada)
    expect(tokens.find(basic(`pk-1:${SECRET}`))).toEqual(ada)
    expect(tokens.find(basic(`ada:${SECRET}`))).toBeUndefined()
    expect(tokens.find('Bearer qrstuvwxyz012345')).toEqual({ name: 'bob', scope: 'read' })
    expect(tokens.find(basic('bob:qrstuvwxyz012345'))).toEqual({ name: 'bob', scope: 'read' })
  })

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${SECRET}x`,
    `Bearer ${SECRET} x`,
    `Token ${SECRET}`,
    SECRET,
    'Basic !!!!',
    `Basic ${Buffer.from(SECRET).toString('base64')}`,
    `Basic ${Buffer.from(`bob:${SECRET}`).toString('base64')}`,
    `Bearer ${'a'.repeat(5000)}`,
  ])('are not found by %j', (header) => {
    expect(tokens.find(header)).toBeUndefined()
  })

  it('let their bearers do what their scope includes', () => {
    const of = (scope: 'read' | 'write' | 'admin') => ({ name: 'x', scope })
    expect([mayDo(of('read'), 'read'), mayDo(of('read'), 'write')]).toEqual([true, false])
    expect([mayDo(of('write'), 'read'), mayDo(of('write'), 'admin')]).toEqual([true, false])
    expect(mayDo(of('admin'), 'admin')).toBe(true)
  })

  it.each([
    [[{ name: '', secret: SECRET }], 'tokens[0].name'],
    [[{ name: 'a:b', secret: SECRET }], 'tokens[0].name'],
    [[{ name: 'a', scope: 'all', secret: SECRET }], 'tokens[0].scope'],
    [[{ name: 'a', secret: 'short' }], 'tokens[0].secret'],
    [[{ name: 'a', secret: `${SECRET} ${SECRET}` }], 'tokens[0].secret'],
    [[{ name: 'a' }], 'either "secret" or "sha256"'],
    [[{ name: 'a', secret: SECRET, sha256: 'x' }], 'either "secret" or "sha256"'],
    [[{ name: 'a', sha256: 'x' }], 'tokens[0].sha256'],
    [[{ name: 'a', secret: SECRET, public_key: '' }], 'tokens[0].public_key'],
    [[{ name: 'a', password: SECRET }], 'password'],
    [['a'], 'tokens[0]'],
    [{}, 'tokens'],
    [
      [
        { name: 'a', secret: SECRET },
        { name: 'a', secret: SECRET },
      ],
      'twice',
    ],
  ])(
    'that are wrong are refused by the name of the field, without the secret: %j',
    (given, named) => {
      const make = () => new AccessTokens(given as unknown as AccessToken[])
      expect(make).toThrow(TypeError)
      expect(make).toThrow(named)
      expect(make).not.toThrow(SECRET)
    },
  )
})
