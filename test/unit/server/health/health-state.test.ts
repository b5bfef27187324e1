import { describe, expect, it } from 'vitest'
import { WatchedPart, type HealthFinding } from '../../../../src/server/health/health-state.js'

describe('the health of a part', () => {
  it('says since when it is so, and begins again when it changes', async () => {
    let found: readonly HealthFinding[] = []
    const part = new WatchedPart(async () => await Promise.resolve(found))
    const first = await part.look()
    expect(first).toMatchObject({ status: 'healthy', reasons: [] })
    expect((await part.look()).since).toBe(first.since)
    found = [{ status: 'degraded', code: 'space-low', message: 'little' }]
    expect(await part.look()).toMatchObject({ status: 'degraded', reasons: found })
    found = [...found, { status: 'unhealthy', code: 'no-space', message: 'none' }]
    const worst = await part.look()
    expect(worst.status).toBe('unhealthy')
    expect(worst.since >= first.since).toBe(true)
  })

  it('is bad where the store fails, or does not answer', async () => {
    const failing = new WatchedPart(async () => await Promise.reject(new Error('gone')))
    expect(await failing.look()).toMatchObject({
      status: 'unhealthy',
      reasons: [{ code: 'store-down', message: 'gone' }],
    })
    const silent = new WatchedPart(async () => await new Promise(() => undefined), 20)
    expect(await silent.look()).toMatchObject({
      status: 'unhealthy',
      reasons: [{ code: 'store-down' }],
    })
  })

  it('is looked at once for all who ask at the same time', async () => {
    let looks = 0
    const part = new WatchedPart(async () => {
      looks++
      await new Promise((resolve) => setImmediate(resolve))
      return []
    })
    await Promise.all(Array.from({ length: 50 }, async () => await part.look()))
    expect(looks).toBe(1)
  })
})
