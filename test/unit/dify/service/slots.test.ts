import { expect, it } from 'vitest'
import { Slots } from '../../../../src/dify/service/slots.js'

it('runs that many tasks at once, and the others in the order of their calls', async () => {
  const slots = new Slots(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const tasks = [0, 1, 2, 3].map((task) =>
    slots.within(undefined, async () => {
      begun.push(task)
      await new Promise<void>((resolve) => ends.push(resolve))
    }),
  )
  await expect.poll(() => begun).toEqual([0, 1])
  ends[1]?.()
  await expect.poll(() => begun).toEqual([0, 1, 2])
  ends[0]?.()
  await expect.poll(() => begun).toEqual([0, 1, 2, 3])
  for (const end of ends) end()
  await Promise.all(tasks)
})

it('frees the place of a task that fails, and of one that leaves the queue', async () => {
  const slots = new Slots(1)
  await expect(slots.within(undefined, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
  const ends: (() => void)[] = []
  const first = slots.within(undefined, () => new Promise<void>((resolve) => ends.push(resolve)))
  const controller = new AbortController()
  const second = slots.within(controller.signal, () => Promise.resolve('second'))
  const third = slots.within(undefined, () => Promise.resolve('third'))
  controller.abort(new Error('left'))
  await expect(second).rejects.toThrow('left')
  ends[0]?.()
  await first
  expect(await third).toBe('third')
  await expect(slots.within(controller.signal, () => Promise.resolve())).rejects.toThrow('left')
})
