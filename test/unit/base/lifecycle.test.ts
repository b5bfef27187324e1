import { describe, expect, it } from 'vitest'
import { assertOpened, countedSteps, Lifecycle, OPENED } from '../../../src/base/lifecycle.js'

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

  it('lets work of several calls go on after the end, and no other', async () => {
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

describe('an iteration whose steps are calls', () => {
  it('waits for the step under way, and refuses the next one', async () => {
    const lifecycle = new Lifecycle(() => new Error('closed'))
    let ended = false
    let release = (): void => {}
    const source = (async function* () {
      try {
        yield 1
        await new Promise<void>((resolve) => (release = resolve))
        yield 2
      } finally {
        ended = true
      }
    })()
    const steps = countedSteps(lifecycle, source)
    expect(await steps.next()).toEqual({ done: false, value: 1 })
    const second = steps.next()
    const released: string[] = []
    const closing = lifecycle.close(async () => void released.push('released'))
    await expect(steps.next()).rejects.toThrow('closed')
    expect(released).toEqual([])
    release()
    expect(await second).toEqual({ done: false, value: 2 })
    await closing
    expect(released).toEqual(['released'])
    await expect(steps.next()).rejects.toThrow('closed')
    expect(ended).toBe(true)
  })

  it('holds up no close when it is left unfinished', async () => {
    const lifecycle = new Lifecycle(() => new Error('closed'))
    const steps = countedSteps(
      lifecycle,
      (async function* () {
        yield* [1, 2, 3]
      })(),
    )
    await steps.next()
    await lifecycle.close(async () => undefined)
    await expect(steps.next()).rejects.toThrow('closed')
  })
})

it('a constructor is refused with the call to use, unless it is called by that', () => {
  const open = 'FileSystemStorage.open({ storageDir })'
  expect(() => assertOpened(OPENED, open)).not.toThrow()
  expect(() => assertOpened(Symbol('opened'), open)).toThrow(
    'FileSystemStorage has no public constructor: use await FileSystemStorage.open({ storageDir })',
  )
  expect(() => assertOpened(undefined, open)).toThrow(TypeError)
})
