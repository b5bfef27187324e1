import { describe, expect, it } from 'vitest'
import { DiskError } from '../../../../src/disk/disk-error.js'
import { nextCall, NativeCalls, toDiskError } from '../../../../src/disk/native/calls.js'
import { binding } from '../../native/support.js'
import { gate } from '../../../support/intercepted-disk.js'
import { failure } from '../support.js'

const READ = { syscall: 'read', path: 'file', phase: 'read' } as const
const WRITE = { syscall: 'write', path: 'file', phase: 'call' } as const
/** As the addon rejects. */
const nativeFailure = (code: string): Error =>
  Object.assign(new Error(code), { code, errno: 5, phase: 'read', syscall: 'read', path: 'file' })

describe('a call of the addon', () => {
  it('has a number of its own, by which it is waited for until it ends', async () => {
    const calls = new NativeCalls(binding(), 0)
    const numbers: number[] = []
    const hanging = gate()
    const running = [0, 1].map(async () => {
      await calls.run(READ, async (call) => {
        numbers.push(call)
        await hanging.opened
      })
    })
    expect(new Set(numbers).size).toBe(2)
    expect(numbers.every((call) => calls.isWaitedFor(call))).toBe(true)
    hanging.open()
    await Promise.all(running)
    expect(numbers.some((call) => calls.isWaitedFor(call))).toBe(false)
  })

  it('is numbered in 32 bits, as C++ takes it', () => {
    const counter = { ...binding(), lastCall: 2 ** 32 - 2 }
    expect([nextCall(counter), nextCall(counter), nextCall(counter)]).toEqual([2 ** 32 - 1, 0, 1])
  })

  it('fails with a DiskError where the system refused it, and with a bug as it is', async () => {
    const calls = new NativeCalls(binding(), 0)
    const refused = calls.run(READ, async () => await Promise.reject(nativeFailure('EIO')))
    expect(await failure(refused)).toMatchObject({ code: 'EIO', phase: 'read', path: 'file' })
    const bug = new TypeError('a bug')
    await expect(calls.run(READ, async () => await Promise.reject(bug))).rejects.toBe(bug)
    expect(toDiskError(bug)).toBe(bug)
  })

  it('is not begun for a path that is not text, and one that cannot begin is not waited for', async () => {
    const calls = new NativeCalls(binding(), 0)
    const never = async (): Promise<never> => await Promise.reject(new Error('begun'))
    const illFormed = await failure(calls.run({ ...READ, path: 'a\ud800' }, never))
    expect(illFormed.code).toBe('EINVAL')
    const throwing = calls.run(READ, () => {
      throw nativeFailure('ENOMEM')
    })
    expect((await failure(throwing)).code).toBe('ENOMEM')
    await calls.close()
  })
})

describe('calls that are answered one after the other', () => {
  it('let timers fire, though Node would go on answering them', async () => {
    const calls = new NativeCalls(binding(), 0)
    let fired = false
    setTimeout(() => {
      fired = true
    }, 1)
    const begin = performance.now()
    while (!fired && performance.now() - begin < 10_000)
      await calls.run(READ, async () => await Promise.resolve('answer'))
    expect(fired).toBe(true)
  })

  it('are answered in their order, whether they wait for a turn of the event loop or not', async () => {
    const calls = new NativeCalls(binding(), 0)
    const answered: number[] = []
    const running: Promise<unknown>[] = []
    for (let at = 0; at < 3000; at++) {
      const call = calls.run(READ, async () => await Promise.resolve(at))
      running.push(call.then((answer) => answered.push(answer)))
      const busyUntil = performance.now() + (at % 100 === 0 ? 3 : 0)
      while (performance.now() < busyUntil);
      if (at % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
      else await Promise.resolve()
    }
    await Promise.all(running)
    expect(answered).toEqual(Array.from({ length: 3000 }, (_, at) => at))
  })
})

describe('a call that misses its deadline', () => {
  it('fails in time, and what it returns later is of no interest', async () => {
    const calls = new NativeCalls(binding(), 10)
    const hanging = gate()
    const late = await failure(calls.run(READ, async () => await hanging.opened))
    expect(late).toMatchObject({ code: 'ETIMEDOUT', syscall: 'read', path: 'file', phase: 'read' })
    hanging.open()
    await calls.close()
    expect(calls.abandoned.any).toBe(false)
  })

  it('counts as an abandoned change until it returns, if it may change something', async () => {
    const calls = new NativeCalls(binding(), 10)
    const hanging = gate()
    const late = await failure(calls.run(WRITE, async () => await hanging.opened))
    expect(late.code).toBe('ETIMEDOUT')
    expect(calls.abandoned.any).toBe(true)
    hanging.open()
    await calls.abandoned.back()
    expect(calls.abandoned.any).toBe(false)
  })

  it('has the time that it may wait for a lock in addition', async () => {
    const calls = new NativeCalls(binding(), 10)
    const name = { ...READ, extraTimeoutMs: 10_000 }
    const wait = async (): Promise<string> =>
      await new Promise((resolve) => setTimeout(() => resolve('in time'), 40))
    expect(await calls.run(name, wait)).toBe('in time')
  })
})

describe('closing', () => {
  it('waits for the calls under way and refuses others, but not those of closing itself', async () => {
    const calls = new NativeCalls(binding(), 0)
    const hanging = gate()
    const running = calls.run(READ, async () => await hanging.opened)
    let isClosed = false
    const closing = calls.close().then(() => (isClosed = true))
    const refused = await failure(calls.run(READ, async () => await Promise.resolve()))
    expect(refused).toBeInstanceOf(DiskError)
    expect([refused.code, isClosed]).toEqual(['EBADF', false])
    hanging.open()
    await Promise.all([running, closing])
    expect(await calls.runUnchecked(READ, async () => await Promise.resolve('released'))).toBe(
      'released',
    )
  })
})
