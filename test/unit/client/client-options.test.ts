import { describe, expect, it } from 'vitest'
import { resolveConnection } from '../../../src/client/client-options.js'

describe('the options of a client', () => {
  it('have the defaults that their interface names', () => {
    expect(resolveConnection({ url: 'http://127.0.0.1:80/' }, 'here')).toMatchObject({
      url: 'http://127.0.0.1',
      headers: {},
      maxStaleMs: 5000,
      events: true,
      connect: 'now',
      timeoutMs: 10_000,
      retry: { attempts: 3 },
    })
  })

  it('take a URL object, keep a path in front, and send the token as a bearer', () => {
    const url = new URL('https://example.com/prompts/')
    expect(
      resolveConnection({ url, token: 'secret', headers: { 'X-A': 'b' } }, 'here'),
    ).toMatchObject({
      url: 'https://example.com/prompts',
      headers: { 'x-a': 'b', authorization: 'Bearer secret' },
    })
  })

  it.each([
    [{}, /"url"/],
    [{ url: 'ftp://x' }, /http or https/],
    [{ url: 'not one' }, /http or https/],
    [{ url: 'http://user:pass@x' }, /without a user/],
    [{ url: 'http://x', maxStaleMs: -1 }, /"maxStaleMs"/],
    [{ url: 'http://x', tokn: 'a' }, /did you mean "token"/],
    [{ url: 'http://x', headers: 'a' }, /"headers"/],
  ])('refuse %j', (options, message) => {
    expect(() => resolveConnection(options, 'here')).toThrow(message)
  })

  it('show a token in no message', () => {
    const refused = () => resolveConnection({ url: 'http://x', token: 'geheim\n' }, 'here')
    expect(refused).toThrow(/visible ASCII/)
    expect(refused).not.toThrow(/geheim/)
  })
})
