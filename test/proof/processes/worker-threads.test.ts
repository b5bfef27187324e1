import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { documentOf } from './document.mjs'

const SCRIPT = new URL('worker.mjs', import.meta.url)
const SAVES_BEFORE_END = 50
const SAVES_AFTER_END = 50
const TIMES = 5

interface Saver {
  readonly worker: Worker
  readonly saved: string[]
  readonly ready: Promise<void>
  done: number | undefined
}

interface Message {
  readonly ready?: boolean
  readonly saved?: string
  readonly done?: number
}

describe('worker threads that share one store', () => {
  test('go on when one of them is terminated in the middle of its saves', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir })
    const survivors = ['a', 'b', 'c'].map((name) => startSaver(storageDir, name))
    await Promise.all(survivors.map(async ({ ready }) => await ready))
    for (let time = 0; time < TIMES; time++) {
      const victim = startSaver(storageDir, `victim-${time}`)
      await victim.ready
      await until(() => victim.saved.length >= SAVES_BEFORE_END)
      await victim.worker.terminate()
      const before = survivors.map(({ saved }) => saved.length)
      await until(() =>
        survivors.every(({ saved }, at) => saved.length >= (before[at] ?? 0) + SAVES_AFTER_END),
      )
      const names = await storage.listVersionNames(`victim-${time}`)
      expect(names).toEqual(expect.arrayContaining(victim.saved))
    }
    for (const { worker } of survivors) worker.postMessage('stop')
    await Promise.all(survivors.map(async ({ worker }) => await once(worker, 'exit')))
    for (const [at, survivor] of survivors.entries()) {
      const name = ['a', 'b', 'c'][at] ?? ''
      expect(survivor.saved).toHaveLength(survivor.done ?? -1)
      expect((await storage.listVersionNames(name)).length).toBe(survivor.done)
    }
    await storage.saveVersion(documentOf('main', '1.0.0'))
    expect((await storage.verify()).findings).toEqual([])
  }, 120_000)

  test('leave a whole store when all of them are terminated at once', async () => {
    const storageDir = await tempDirectory()
    for (let time = 0; time < TIMES; time++) {
      const savers = ['a', 'b', 'c', 'd'].map((name) => startSaver(storageDir, `${name}-${time}`))
      await Promise.all(savers.map(async ({ ready }) => await ready))
      await until(() => savers.every(({ saved }) => saved.length >= SAVES_BEFORE_END))
      await Promise.all(savers.map(async ({ worker }) => await worker.terminate()))
      await using storage = await FileSystemStorage.open({ storageDir })
      for (const [at, { saved }] of savers.entries()) {
        const names = await storage.listVersionNames(`${'abcd'[at]}-${time}`)
        expect(names).toEqual(expect.arrayContaining(saved))
      }
      expect((await storage.verify()).findings).toEqual([])
    }
  }, 120_000)
})

function startSaver(storageDir: string, name: string): Saver {
  const worker = new Worker(SCRIPT, { workerData: { storageDir, name } })
  const saved: string[] = []
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', (message: Message) => {
      if (message.ready === true) resolve()
    })
  })
  const saver: Saver = { worker, saved, ready, done: undefined }
  worker.on('message', (message: Message) => {
    if (message.saved !== undefined) saved.push(message.saved)
    if (message.done !== undefined) saver.done = message.done
  })
  return saver
}

const WAIT_MAX_MS = 60_000

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MAX_MS
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Not so within ${WAIT_MAX_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
