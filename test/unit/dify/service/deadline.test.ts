import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Deadline } from '../../../../src/dify/service/deadline.js'

const LONG = { timeoutMs: 60_000, idleTimeoutMs: 60_000 }

it('remembers what interrupted it first', async () => {
  const controller = new AbortController()
  const late = new Deadline({ ...LONG, timeoutMs: 5, signal: controller.signal })
  await expect.poll(() => late.cause).toBe('total')
  controller.abort()
  expect(late.cause).toBe('total')
  late.end()
  const left = new Deadline({ ...LONG, signal: controller.signal })
  expect([left.cause, left.signal.aborted]).toEqual(['caller', true])
  left.end()
})

it('counts silence from the last sign of life, and only while one is expected', async () => {
  const deadline = new Deadline({ ...LONG, idleTimeoutMs: 20 })
  await sleep(40)
  expect(deadline.cause).toBeUndefined()
  deadline.heard()
  deadline.quiet()
  await sleep(40)
  expect(deadline.cause).toBeUndefined()
  deadline.heard()
  await expect.poll(() => deadline.cause).toBe('idle')
  expect(deadline.signal.aborted).toBe(true)
  deadline.heard()
  deadline.end()
})

it('passes the reason of the caller on', () => {
  const reason = new Error('no longer needed')
  const deadline = new Deadline({ ...LONG, signal: AbortSignal.abort(reason) })
  expect(deadline.signal.reason).toBe(reason)
  deadline.end()
})
