import { setMaxListeners } from 'node:events'
import { openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_FLOCK } from '../../support/windows.js'
import { failure, openJournal, openVolume, request, create } from '../disk/support.js'
import { disk, killAndWait, lockInChild, tryFlock } from './support.js'

describe('kernel locks', () => {
  it('are seen by another implementation of flock, and gone after release', async ({ skip }) => {
    skip(isWindows, NO_FLOCK)
    const directory = await tempDirectory()
    const volume = await openVolume(disk(), directory)
    const lock = await volume.lock('.lock', 'exclusive', { timeoutMs: 0 })
    const witness = openSync(join(directory, '.lock'), 'r+')
    expect(tryFlock(witness, 'shnb')).toBe('EAGAIN')
    await lock.downgrade()
    expect(lock.mode).toBe('shared')
    expect(tryFlock(witness, 'exnb')).toBe('EAGAIN')
    expect(tryFlock(witness, 'shnb')).toBe('held')
    await lock.release()
    expect(tryFlock(witness, 'exnb')).toBe('held')
    expect((await failure(volume.lock('.lock', 'shared', { timeoutMs: 20 }))).code).toBe(
      'ELOCKTIMEOUT',
    )
  })

  it('wait for another process and are had once it is killed', async ({ skip }) => {
    skip(isWindows, NO_FLOCK)
    const directory = await tempDirectory()
    const volume = await openVolume(disk(), directory)
    const child = await lockInChild(join(directory, '.lock'), 'ex')
    const impatient = performance.now()
    expect((await failure(volume.lock('.lock', 'exclusive', { timeoutMs: 60 }))).code).toBe(
      'ELOCKTIMEOUT',
    )
    expect(performance.now() - impatient).toBeGreaterThanOrEqual(59)
    const waiting = volume.lock('.lock', 'exclusive', { timeoutMs: 20_000 })
    await killAndWait(child)
    await (await waiting).release()
  })

  it('reject with the reason of the signal, before and during the wait', async ({ skip }) => {
    skip(isWindows, NO_FLOCK)
    const directory = await tempDirectory()
    const volume = await openVolume(disk(), directory)
    await lockInChild(join(directory, '.lock'), 'sh')
    const reason = new Error('enough')
    const gone = AbortSignal.abort(reason)
    const options = { timeoutMs: 30_000 }
    await expect(volume.lock('.lock', 'exclusive', { ...options, signal: gone })).rejects.toBe(
      reason,
    )
    const controller = new AbortController()
    const waiting = volume.lock('.lock', 'exclusive', { ...options, signal: controller.signal })
    setTimeout(() => controller.abort(reason), 30)
    await expect(waiting).rejects.toBe(reason)
    // Nothing of the wait is left: with the others' kind the lock is there at once.
    await (await volume.lock('.lock', 'shared', { timeoutMs: 0 })).release()
  })

  it('hold on the file that has the name, not on one that was removed', async ({ skip }) => {
    skip(isWindows, NO_FLOCK)
    const directory = await tempDirectory()
    const { volume, committer } = await openJournal(disk(), directory)
    rmSync(join(directory, '.lock'))
    writeFileSync(join(directory, '.lock'), '')
    const witness = openSync(join(directory, '.lock'), 'r+')
    expect(tryFlock(witness, 'exnb')).toBe('held')
    const late = request([[create('a', 'A')]], { lockTimeoutMs: 50 })
    expect((await failure(committer.commit(late))).code).toBe('ELOCKTIMEOUT')
    expect(await volume.stat('a')).toBeUndefined()
  })

  it('that wait do not keep commits from running', async ({ skip }) => {
    skip(isWindows, NO_FLOCK)
    const directory = await tempDirectory()
    const { volume, committer } = await openJournal(disk(), directory)
    await lockInChild(join(directory, '.other'), 'ex')
    const controller = new AbortController()
    const { signal } = controller
    setMaxListeners(0, signal)
    const waiting = Array.from({ length: 60 }, async () => {
      await failureReason(volume.lock('.other', 'exclusive', { timeoutMs: 30_000, signal }))
    })
    const started = performance.now()
    expect((await committer.commit(request([[create('a', 'A')]]))).status).toBe('committed')
    expect(performance.now() - started).toBeLessThan(10_000)
    controller.abort()
    await Promise.all(waiting)
  })

  it('refuse a commit while the writer lock is held for something else', async () => {
    const { committer } = await openJournal(disk(), await tempDirectory())
    await committer.lock({ timeoutMs: 0 })
    expect((await failure(committer.commit(request([[create('a', 'A')]])))).code).toBe('EDEADLK')
    expect((await failure(committer.lock({ timeoutMs: 0 }))).code).toBe('EDEADLK')
    await committer.unlock()
    expect((await committer.commit(request([[create('a', 'A')]]))).status).toBe('committed')
  })
})

async function failureReason(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('nothing failed')
}
