import { describe, expect, it } from 'vitest'
import { checkInterval, every, waitUnless } from '../../../src/cli/every.js'

describe('work that is repeated', () => {
  it('is done until one of the signals, and not once more', async () => {
    const [one, other] = [new AbortController(), new AbortController()]
    let done = 0
    await every(1, [one.signal, other.signal], async () => {
      done++
      if (done === 3) other.abort()
      await Promise.resolve()
    })
    expect(done).toBe(3)
    await every(1, [other.signal], async () => await Promise.reject(new Error('Not to be done')))
  })

  it('ends with the failure of one time', async () => {
    const failing = every(1, [new AbortController().signal], async () => {
      await Promise.reject(new Error('It fails'))
    })
    await expect(failing).rejects.toThrow('It fails')
  })

  it('does not wait for its time when the signal comes', async () => {
    const controller = new AbortController()
    const waited = waitUnless(controller.signal, 3_600_000)
    controller.abort()
    await waited
    await waitUnless(controller.signal, 3_600_000)
  })

  it('needs a time from 100 ms to an hour', () => {
    for (const interval of [99, 3_600_001])
      expect(() => checkInterval(interval)).toThrow('--interval-ms must be from 100 to 3600000')
    checkInterval(100)
  })
})
