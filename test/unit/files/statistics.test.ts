import { describe, expect, it } from 'vitest'
import { sleep } from '../../../src/base/clock.js'
import { Statistics } from '../../../src/files/statistics.js'

describe('the statistics of a storage', () => {
  it('say that all is well before anything was done', () => {
    expect(new Statistics().metrics()).toEqual({
      total_operations: 0,
      successful_operations: 0,
      failed_operations: 0,
      cache_hits: 0,
      cache_misses: 0,
      compression_savings: 0,
      total_data_size: 0,
      success_rate: 1,
      compression_ratio: 1,
      average_response_time: 0,
      operations: {},
    })
  })

  it('count each operation under its name, and hand its result or failure on', async () => {
    const statistics = new Statistics()
    expect(await statistics.count('store', async () => await Promise.resolve('done'))).toBe('done')
    await statistics.count('store', async () => await sleep(20))
    const failure = new Error('broken')
    const failing = statistics.count('retrieve', async () => await Promise.reject(failure))
    await expect(failing).rejects.toBe(failure)
    const metrics = statistics.metrics()
    expect(metrics).toMatchObject({
      total_operations: 3,
      successful_operations: 2,
      failed_operations: 1,
      success_rate: 2 / 3,
      operations: { store: { success: 2, failure: 0 }, retrieve: { success: 0, failure: 1 } },
    })
    expect(metrics.operations['store']?.duration).toBeGreaterThanOrEqual(15)
    expect(metrics.average_response_time).toBeGreaterThanOrEqual(5)
  })

  it('count what compression saves, and not what encryption adds', () => {
    const statistics = new Statistics()
    statistics.stored(1000, 400, true)
    statistics.stored(100, 116, false)
    statistics.stored(10, 12, true)
    expect(statistics.metrics()).toMatchObject({
      compression_savings: 600,
      total_data_size: 1110,
      compression_ratio: (400 + 116 + 12) / 1110,
    })
  })

  it('are a copy that later operations do not change', async () => {
    const statistics = new Statistics()
    await statistics.count('store', async () => await Promise.resolve())
    const before = statistics.metrics()
    await statistics.count('store', async () => await Promise.resolve())
    expect(before.operations['store']?.success).toBe(1)
  })
})
