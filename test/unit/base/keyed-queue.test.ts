import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { KeyedQueue, queueOf } from '../../../src/base/keyed-queue.js'

describe('KeyedQueue', () => {
  it('runs tasks of one key one after another, in the order of the calls', async () => {
    const queue = new KeyedQueue()
    const events: string[] = []
    const task = (name: string, ms: number) => async () => {
      events.push(`${name} starts`)
      await sleep(ms)
      events.push(`${name} ends`)
      return name
    }
    const results = await Promise.all([
      queue.run('k', task('a', 10)),
      queue.run('k', task('b', 1)),
      queue.run('k', task('c', 0)),
    ])
    expect(results).toEqual(['a', 'b', 'c'])
    expect(events).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'])
  })

  it('runs a task of several keys when all of them are free, and deadlocks no two of them', async () => {
    const queue = new KeyedQueue()
    const events: string[] = []
    const task = (name: string) => async () => {
      events.push(`${name} starts`)
      await sleep(1)
      events.push(`${name} ends`)
    }
    await Promise.all([
      queue.run(['a', 'b'], task('first')),
      queue.run(['b', 'a'], task('second')),
      queue.run('a', task('third')),
      queue.run(['c', 'c'], task('other')),
    ])
    expect(events.filter((event) => !event.startsWith('other'))).toEqual(
      ['first', 'second', 'third'].flatMap((name) => [`${name} starts`, `${name} ends`]),
    )
  })

  it('runs tasks of different keys side by side', async () => {
    const queue = new KeyedQueue()
    let release = (): void => {}
    const held = queue.run(
      'a',
      async () => await new Promise<void>((resolve) => (release = resolve)),
    )
    expect(await queue.run('b', async () => 'done')).toBe('done')
    release()
    await held
  })

  it('hands a failure to its caller and goes on with the next task', async () => {
    const queue = new KeyedQueue()
    const failing = queue.run('k', async () => await Promise.reject(new Error('no')))
    const next = queue.run('k', async () => 'yes')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })

  it('has drained when neither a running nor a waiting task is left', async () => {
    const queue = new KeyedQueue()
    const done: string[] = []
    const task = (name: string) => async () => {
      await new Promise((resolve) => setImmediate(resolve))
      done.push(name)
    }
    const both = Promise.all([queue.run('a', task('first')), queue.run('a', task('second'))])
    await queue.drain()
    expect(done).toEqual(['first', 'second'])
    await both
  })
})

describe('queueOf', () => {
  it('is one queue for all users of an object, and another for each object', () => {
    const object = {}
    expect(queueOf(object)).toBe(queueOf(object))
    expect(queueOf({})).not.toBe(queueOf(object))
  })
})
