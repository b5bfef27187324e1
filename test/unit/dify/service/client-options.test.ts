import { expect, it } from 'vitest'
import { resolveClientOptions } from '../../../../src/dify/service/client-options.js'

const GIVEN = { baseUrl: 'https://dify.example/v1/', apiKey: 'app-x' }

it('has defaults that fit the limits of Dify', () => {
  expect(resolveClientOptions(GIVEN)).toMatchObject({
    baseUrl: 'https://dify.example/v1',
    user: 'holdfast',
    timeoutMs: 1_200_000,
    idleTimeoutMs: 60_000,
    requestTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
    pollMs: 1000,
    concurrency: 4,
    retry: { attempts: 5, delayMs: 1000, maxDelayMs: 30_000 },
  })
  expect(resolveClientOptions({ ...GIVEN, retry: { attempts: 2 } }).retry).toEqual({
    attempts: 2,
    delayMs: 1000,
    maxDelayMs: 30_000,
  })
  expect(resolveClientOptions({ ...GIVEN, retry: false }).retry.attempts).toBe(1)
})

it('refuses addresses that are none of a service, and shows no password', () => {
  for (const baseUrl of [
    '',
    'dify',
    'ftp://dify.example',
    'https://dify.example/v1?x=1',
    5 as never,
  ])
    expect(() => resolveClientOptions({ ...GIVEN, baseUrl })).toThrow(
      /"baseUrl" must be the address/,
    )
  const secret = () => resolveClientOptions({ ...GIVEN, baseUrl: 'https://me:hidden@dify.example' })
  expect(secret).toThrow(/without a password/)
  expect(secret).not.toThrow(/hidden/)
})

it('refuses what does not fit, by name', () => {
  expect(() => resolveClientOptions({ ...GIVEN, timeout: 5 } as never)).toThrow(/"timeout"/)
  expect(() => resolveClientOptions({ ...GIVEN, concurrency: 0 })).toThrow(RangeError)
  expect(() => resolveClientOptions({ ...GIVEN, onRetry: 5 as never })).toThrow(/"onRetry" must be/)
  expect(() => resolveClientOptions({ ...GIVEN, apiKey: 'a\0b' })).toThrow(/"apiKey".*got text$/)
})
