import { describe, expect, it } from 'vitest'
import { monotonicMs, setTimeout } from '../../../src/base/clock.js'
import { inTurn } from '../../../src/base/turns.js'

describe('inTurn', () => {
  it('gives the answer', async () => {
    expect(await inTurn('answer')).toBe('answer')
    expect(await inTurn(undefined)).toBeUndefined()
  })

  it('lets timers fire while answers are awaited in a loop', async () => {
    let fired = false
    setTimeout(() => {
      fired = true
    }, 1)
    const begin = monotonicMs()
    // Without turns this would go on until the deadline: the timer cannot fire before the loop has ended.
    while (!fired && monotonicMs() - begin < 10_000) await inTurn(1)
    expect(fired).toBe(true)
  })

  it('waits for no turn where the loop turns anyway', async () => {
    let answered = false
    await new Promise<void>((resolve) => setTimeout(resolve, 1))
    void inTurn(1).then(() => {
      answered = true
    })
    await Promise.resolve()
    await Promise.resolve()
    expect(answered).toBe(true)
  })
})
