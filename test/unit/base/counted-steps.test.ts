import { expect, it } from 'vitest'
import { countedSteps } from '../../../src/base/counted-steps.js'
import { Lifecycle } from '../../../src/base/lifecycle.js'

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
