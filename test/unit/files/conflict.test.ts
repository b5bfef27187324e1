import { expect, it } from 'vitest'
import { untilFirst, untilSteady } from '../../../src/files/conflict.js'

const isLost = (error: unknown): boolean => (error as Error).message === 'lost'

it('tries as often as others come before, and gives up by time with a lock error', async () => {
  let attempts = 0
  const lose = async (times: number): Promise<string> => {
    if (attempts++ < times) throw new Error('lost')
    return 'first'
  }
  expect(await untilFirst('k', 10_000, isLost, async () => await lose(500))).toBe('first')
  attempts = 0
  await expect(
    untilFirst('k', 20, isLost, async () => await lose(Number.POSITIVE_INFINITY)),
  ).rejects.toMatchObject({
    code: 'FS-LOCK-001',
    context: { key: 'k', reason: 'contention', timeout_ms: 20 },
    cause: { message: 'lost' },
  })
  await expect(untilSteady('k', 20, async () => undefined)).rejects.toMatchObject({
    code: 'FS-LOCK-001',
  })
})

it('hands on at once what is not a lost race', async () => {
  const failing = untilFirst('k', 10_000, isLost, async () => {
    throw new Error('broken')
  })
  await expect(failing).rejects.toThrow('broken')
})
