import { openSync, closeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LOCK_FILE } from '../../../src/format/layout.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { documentOf } from './document.mjs'
import { Peer } from './peers.js'

// An independent witness of who holds the lock. It brings no types.
const require = createRequire(import.meta.url)
const { flockSync } = require('fs-ext') as {
  flockSync(descriptor: number, mode: 'exnb' | 'un'): void
}

/** The kernel frees the lock of a dead process at once. A lease, or waiting for a lock file to grow old, takes longer. */
const lockTimeoutMs = 5000
const CAUGHT_MAX_MS = 60_000

describe('a process that dies with the writer lock', () => {
  test('holds no writer up: the next save has it at once', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir, lockTimeoutMs })
    const victim = await Peer.start({ storageDir })
    victim.call('saveForever', 'victim').catch(() => undefined)
    await stopWithLock(victim, storageDir)

    let saved = false
    const save = storage.saveVersion(documentOf('next', '1.0.0')).then(() => (saved = true))
    await sleep(100)
    // The lock is the victim's as long as it lives, however long it does nothing.
    expect(saved).toBe(false)

    await victim.kill()
    await save

    const names = await storage.listVersionNames('victim')
    expect(names).toEqual(expect.arrayContaining(victim.saved))
    expect(names.length - victim.saved.length).toBeLessThanOrEqual(1)
    expect((await storage.verify()).findings).toEqual([])
  }, 120_000)

  test('leaves a store that opens and saves at once', async () => {
    const storageDir = await tempDirectory()
    const victim = await Peer.start({ storageDir })
    victim.call('saveForever', 'victim').catch(() => undefined)
    await stopWithLock(victim, storageDir)
    await victim.kill()
    await using storage = await FileSystemStorage.open({ storageDir, lockTimeoutMs })
    await storage.saveVersion(documentOf('next', '1.0.0'))
    expect(await storage.listVersionNames('victim')).toEqual(expect.arrayContaining(victim.saved))
  }, 120_000)
})

/** Stops the process at a moment when it holds the lock. */
async function stopWithLock(victim: Peer, storageDir: string): Promise<void> {
  const descriptor = openSync(join(storageDir, LOCK_FILE), 'r+')
  onTestFinished(() => closeSync(descriptor))
  const until = performance.now() + CAUGHT_MAX_MS
  while (performance.now() < until) {
    await sleep(Math.random() * 10)
    victim.signal('SIGSTOP')
    await sleep(2)
    if (victim.saved.length > 0 && isHeld(descriptor)) return
    victim.signal('SIGCONT')
  }
  throw new Error(`The process was not caught with the lock in ${CAUGHT_MAX_MS} ms`)
}

function isHeld(descriptor: number): boolean {
  try {
    flockSync(descriptor, 'exnb')
  } catch (error) {
    if (['EAGAIN', 'EWOULDBLOCK'].includes((error as NodeJS.ErrnoException).code ?? '')) return true
    throw error
  }
  flockSync(descriptor, 'un')
  return false
}
