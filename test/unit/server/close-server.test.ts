import { describe, expect, it } from 'vitest'
import { buildServer, listen } from '../../../src/server/app.js'
import { closeServer } from '../../../src/server/close-server.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'

describe('a server that is closed', () => {
  it('answers what is under way, and accepts nothing more', async () => {
    const app = await buildServer({ storage: new MemoryStorage() })
    let go: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (go = resolve))
    let arrived: () => void = () => undefined
    const begun = new Promise<void>((resolve) => (arrived = resolve))
    app.get('/slow', async () => {
      arrived()
      await gate
      return { done: true }
    })
    const address = await listen(app, { host: '127.0.0.1', port: 0 })
    const slow = fetch(`${address}/slow`)
    await begun
    const closing = closeServer(app, { shutdownMs: 60_000 })
    await expect.poll(async () => await refused(`${address}/livez`)).toBe(true)
    go()
    expect(await (await slow).json()).toEqual({ done: true })
    await closing
  })

  it('cuts off what takes too long', async () => {
    const app = await buildServer({ storage: new MemoryStorage() })
    let arrived: () => void = () => undefined
    const begun = new Promise<void>((resolve) => (arrived = resolve))
    app.get('/never', async () => {
      arrived()
      return await new Promise(() => undefined)
    })
    const address = await listen(app, { host: '127.0.0.1', port: 0 })
    const never = fetch(`${address}/never`)
    const failed = expect(never).rejects.toThrow()
    await begun
    await closeServer(app, { shutdownMs: 50 })
    await failed
  })
})

async function refused(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status === 503
  } catch {
    return true
  }
}
