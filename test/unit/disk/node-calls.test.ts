import { describe, expect, it } from 'vitest'
import { Operations } from '../../../src/disk/node-calls.js'
import { failure } from './support.js'

const NEVER = new Promise<never>(() => undefined)
const READ = { syscall: 'read', path: 'a', phase: 'read' } as const
const FLUSH = { syscall: 'fdatasync', path: 'log', phase: 'flush' } as const

describe('operations with a deadline', () => {
  it('answer in time with what the work gave', async () => {
    const operations = new Operations()
    expect(await operations.run(READ, 1000, async () => await Promise.resolve(7))).toBe(7)
    const wrong = operations.run(READ, 0, async () => await Promise.reject(new Error('no')))
    await expect(wrong).rejects.toThrow('no')
    expect(operations.hasAbandoned).toBe(false)
  })

  it('answer ETIMEDOUT in time, and forget the work when it comes back', async () => {
    const operations = new Operations()
    let finish = (): void => undefined
    const work = new Promise<void>((resolve) => (finish = resolve))
    const late = await failure(operations.run(FLUSH, 5, async () => await work))
    expect(late).toMatchObject({ code: 'ETIMEDOUT', ...FLUSH })
    expect(operations.hasAbandoned).toBe(true)
    // Closing waits for answers, and this one has been given.
    await operations.close()
    finish()
    await operations.settled()
    expect(operations.hasAbandoned).toBe(false)
  })

  it('are refused with EBUSY while too many do not come back', async () => {
    const operations = new Operations()
    const hang = async (): Promise<string> =>
      (await failure(operations.run(READ, 1, async () => await NEVER))).code
    const codes = await Promise.all(Array.from({ length: 64 }, hang))
    expect(new Set(codes)).toEqual(new Set(['ETIMEDOUT']))
    const refused = await failure(operations.run(READ, 1, async () => await NEVER))
    expect(refused).toMatchObject({ code: 'EBUSY', phase: 'pool' })
  })
})
