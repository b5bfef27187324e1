import { writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sleep } from '../../../src/base/clock.js'
import { resolveFileStorageConfig, type FileStorageConfig } from '../../../src/files/config.js'
import { FileSession } from '../../../src/files/session.js'
import { storeContent } from '../../../src/files/writer.js'
import { tempDirectory } from '../../support/temp.js'
import { keysOf } from './bucket/files.js'
import { contentOf } from './support.js'

type Predecessor = ConstructorParameters<typeof FileSession>[1]

function sessionOf(config: FileStorageConfig = {}, predecessor?: Predecessor): FileSession {
  const resolved = resolveFileStorageConfig({ backend: 'memory', ...config })
  const session = new FileSession(resolved, predecessor)
  onTestFinished(async () => await session.close())
  return session
}

describe('a session', () => {
  it('opens at its first use, once for all that come at once', async () => {
    const session = sessionOf()
    expect(session.parts).toBeUndefined()
    const [one, two] = await Promise.all([session.open(), session.open()])
    expect(one).toBe(two)
    expect(session.parts).toBe(one)
    expect(await session.run('stat', async (parts) => await Promise.resolve(parts))).toBe(one)
  })

  it('tries to open again after a failure', async () => {
    const path = await tempDirectory()
    const blocked = join(path, 'blocked')
    await writeFile(blocked, 'a file in the place of the directory')
    const session = sessionOf({ backend: 'local', storageDir: blocked, disk: 'portable' })
    await expect(session.open()).rejects.toThrow()
    await rm(blocked)
    await expect(session.open()).resolves.toBeDefined()
  })

  it('closes its predecessor first, whose failure is not its own', async () => {
    const order: string[] = []
    const predecessor = {
      close: async () => {
        await sleep(5)
        order.push('closed')
        throw new Error('the disk broke')
      },
    }
    const session = sessionOf({}, predecessor)
    expect(order).toEqual([])
    await session.open()
    order.push('opened')
    expect(order).toEqual(['closed', 'opened'])
  })

  it('makes changes of one key in the order of the calls, and of others beside them', async () => {
    const session = sessionOf()
    const order: string[] = []
    const change = async (keys: string | string[], name: string, ms: number): Promise<void> =>
      await session.change(keys, 'store', async () => {
        await sleep(ms)
        order.push(name)
      })
    await session.open()
    await Promise.all([
      change('a', 'a1', 30),
      change(['a', 'b'], 'ab', 1),
      change('b', 'b1', 1),
      change('c', 'c1', 1),
    ])
    expect(order).toEqual(['c1', 'a1', 'ab', 'b1'])
  })

  it('completes the calls that were made before close, refuses those after it, and counts both kinds', async () => {
    const session = sessionOf()
    const parts = await session.open()
    let hasEnded = false
    const call = session.run('store', async () => {
      await sleep(20)
      hasEnded = true
    })
    const failing = session.run('store', async () => await Promise.reject(new Error('broken')))
    await expect(failing).rejects.toThrow('broken')
    const closing = session.close()
    expect([session.isOpen, session.parts]).toEqual([false, undefined])
    const late = session.call(async () => await Promise.resolve())
    await expect(late).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    await closing
    await call
    expect(hasEnded).toBe(true)
    const counts = parts.statistics.metrics().operations['store']
    expect(counts).toMatchObject({ success: 1, failure: 1 })
    await expect(parts.backend.head('k')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    await session.close()
  })

  it('counts every step of an iteration as a call', async () => {
    const session = sessionOf()
    async function* three(): AsyncGenerator<number, void, void> {
      yield 1
      yield 2
      yield 3
    }
    const steps = session.steps(three())
    expect(await steps.next()).toEqual({ done: false, value: 1 })
    await session.close()
    await expect(steps.next()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })

  it('sweeps expired files by itself when it is told to, until it is closed', async () => {
    const session = sessionOf({ sweepIntervalSeconds: 0.02 })
    const parts = await session.open()
    const expiresAt = new Date(Date.now() + 5).toISOString()
    await storeContent(parts, contentOf('k', 'x', { expiresAt }))
    await expect.poll(async () => await keysOf(parts.backend)).toEqual([])
    expect(parts.statistics.metrics().operations['expire']?.success).toBeGreaterThan(0)
    await session.close()
    const swept = parts.statistics.metrics().operations['expire']?.success
    await sleep(60)
    expect(parts.statistics.metrics().operations['expire']?.success).toBe(swept)
  })

  it('removes an expired file that a read has met, in the background', async () => {
    const session = sessionOf()
    const parts = await session.open()
    const expiresAt = new Date(Date.now() - 5).toISOString()
    const { file } = await storeContent(parts, contentOf('k', 'x', { expiresAt }))
    parts.expire(file)
    await expect.poll(async () => await keysOf(parts.backend)).toEqual([])
  })
})
