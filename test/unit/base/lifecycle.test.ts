import { describe, expect, it } from 'vitest'
import { Lifecycle } from '../../../src/base/lifecycle.js'

function begin(): Lifecycle {
  return new Lifecycle(() => new Error('closed'))
}

describe('a lifecycle', () => {
  it('completes what was called before the end, then releases', async () => {
    const life = begin()
    const order: string[] = []
    let finish: (() => void) | undefined
    const call = life.run(async () => {
      await new Promise<void>((resolve) => (finish = resolve))
      order.push('call')
      return 'done'
    })
    const closed = life.close(async () => void order.push('release'))
    expect(life.isOpen).toBe(false)
    finish?.()
    await closed
    expect(order).toEqual(['call', 'release'])
    expect(await call).toBe('done')
  })

  it('refuses what is called after the end, without beginning it', async () => {
    const life = begin()
    let begun = false
    const closed = life.close(async () => undefined)
    await expect(life.run(async () => (begun = true))).rejects.toThrow('closed')
    expect(() => life.assertOpen()).toThrow('closed')
    await closed
    expect(begun).toBe(false)
  })

  it('waits for calls that fail, too, and releases once', async () => {
    const life = begin()
    let released = 0
    const failing = life.run(async () => {
      await Promise.resolve()
      throw new TypeError('no')
    })
    const release = async (): Promise<void> => void released++
    const both = Promise.all([life.close(release), life.close(release)])
    await expect(failing).rejects.toThrow('no')
    await both
    expect(released).toBe(1)
  })

  it('lets work of several calls go on after the end, and nobody else', async () => {
    class Counter {
      readonly life = begin()
      calls = 0
      async call(): Promise<number> {
        return await this.life.run(async () => ++this.calls)
      }
    }
    const counter = new Counter()
    let held: Counter | undefined
    const work = counter.life.runTogether(counter, async (admitted) => {
      held = admitted
      await admitted.call()
      await Promise.resolve()
      const others = counter.call()
      await admitted.call()
      await expect(others).rejects.toThrow('closed')
      return admitted.calls
    })
    let released = false
    const closed = counter.life.close(async () => void (released = true))
    expect(await work).toBe(2)
    await closed
    expect(released).toBe(true)
    await expect(held?.call()).rejects.toThrow('closed')
  })

  it('begins a call at once', async () => {
    const life = begin()
    const given = { name: 'before' }
    const call = life.run(async () => given.name)
    given.name = 'after'
    expect(await call).toBe('before')
  })
})
