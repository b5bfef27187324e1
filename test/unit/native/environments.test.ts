import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { nextCall } from '../../../src/disk/native/calls.js'
import { LOCK_FILE, PAGE_FILE, segmentPath } from '../../../src/format/layout.js'
import { PageState } from '../../../src/format/page.js'
import {
  create,
  framesOf,
  openJournal,
  openVolume,
  request,
  VOLUME_OPTIONS,
} from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_FLOCK } from '../../support/windows.js'
import { binding, builtModule, disk, killAndWait, lockInChild } from './support.js'

const WORKER = `
  import { parentPort, workerData } from 'node:worker_threads'
  const { loadBinding } = await import(workerData.binding)
  const { nativeDisk } = await import(workerData.disk)
  const volume = await nativeDisk(loadBinding()).openVolume(workerData.directory, workerData.options)
  const committer = await volume.openCommitter({ lockPath: '${LOCK_FILE}', pagePath: '${PAGE_FILE}' })
  await committer.useSegment(1, workerData.segment)
  for (const commit of workerData.commits) committer.commit(commit).catch(() => {})
  const large = new Uint8Array(1 << 20)
  for (let at = 0; at < 40; at++) {
    volume.write('large-' + at, large, { replace: true, flush: true }).catch(() => {})
    volume.read('large-' + at).catch(() => {})
    volume.lock('.held', 'exclusive', { timeoutMs: 60_000 }).catch(() => {})
    volume.list('').catch(() => {})
    volume.readMany(Array(20).fill('large-' + at)).catch(() => {})
    nativeDisk(loadBinding()).openVolume(workerData.directory, workerData.options).catch(() => {})
  }
  committer.lock({ timeoutMs: 60_000 }).catch(() => {})
  parentPort.postMessage(committer.page.generation)
`

function startWorker(directory: string, name: string): Worker {
  const workerData = {
    directory,
    segment: segmentPath(1),
    commits: Array.from({ length: 10 }, (_, at) => request([[create(`${name}/${at}`, 'x')]])),
    options: VOLUME_OPTIONS,
    binding: builtModule('disk/native/load-binding'),
    disk: builtModule('disk/native/native-disk'),
  }
  const code = `data:text/javascript,${encodeURIComponent(WORKER)}`
  return new Worker(new URL(code), { workerData })
}

describe('the addon in worker threads and at the end of the process', () => {
  it('survives workers that are terminated with everything under way', async ({ skip }) => {
    skip(isWindows, NO_FLOCK)
    const directory = await tempDirectory()
    const { volume, committer } = await openJournal(disk(), directory, { segmentBytes: 1 << 20 })
    const holder = await lockInChild(join(directory, '.held'), 'ex')
    for (let round = 0; round < 8; round++) {
      const worker = startWorker(directory, `worker-${round}`)
      const failed = once(worker, 'error').then(([error]) => {
        throw error
      })
      await Promise.race([once(worker, 'message'), failed])
      await worker.terminate()
    }
    await killAndWait(holder)
    // What the workers waited for or held is free again, and the pool works.
    await (await volume.lock('.held', 'exclusive', { timeoutMs: 10_000 })).release()
    const reply = await committer.commit(
      request([[create('after', 'A')]], { lockTimeoutMs: 10_000 }),
    )
    expect(reply.status).toBe('committed')
    // A commit that was under way is whole: as many files as frames, and no process has to take over.
    await committer.lock({ timeoutMs: 10_000 })
    const frames = await framesOf(volume)
    const names = await Promise.all(
      Array.from({ length: 8 }, async (_, round) => await volume.list(`worker-${round}`)),
    )
    expect(names.flatMap((entries) => entries ?? [])).toHaveLength(frames.length - 1)
    expect(committer.page.state).toBe(PageState.idle)
    await committer.unlock()
  })

  it('lets a process end that has nothing under way, and one that ends itself in the middle', async () => {
    const script = (directory: string, rest: string): string => `
      import { loadBinding } from ${JSON.stringify(builtModule('disk/native/load-binding'))}
      import { nativeDisk } from ${JSON.stringify(builtModule('disk/native/native-disk'))}
      const directory = ${JSON.stringify(directory)}
      const volume = await nativeDisk(loadBinding()).openVolume(directory, ${JSON.stringify(VOLUME_OPTIONS)})
      const done = volume.write('a', new Uint8Array(10), { replace: true, flush: true })
      ${rest}`
    for (const [rest, status] of [
      ['await done; console.log("idle")', 0],
      ['done.then(() => console.log("idle"))', 0],
      ['process.exit(7)', 7],
    ] as const) {
      const ended = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', script(await tempDirectory(), rest)],
        {
          encoding: 'utf8',
          timeout: 120_000,
        },
      )
      expect([ended.status, ended.signal, ended.stderr]).toEqual([status, null, ''])
      expect(ended.stdout).toBe(status === 0 ? 'idle\n' : '')
    }
  })

  it('keeps no descriptor over a thousand volumes', async ({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux lists what a process has open')
    const directory = await tempDirectory()
    const cycle = async (): Promise<void> => {
      const volume = await disk().openVolume(directory, VOLUME_OPTIONS)
      const committer = await volume.openCommitter({ lockPath: LOCK_FILE, pagePath: PAGE_FILE })
      await volume.lock('.presence', 'shared', { timeoutMs: 0 })
      await committer.lock({ timeoutMs: 0 })
      await volume.close()
    }
    await cycle()
    const before = readdirSync('/proc/self/fd').length
    for (let round = 0; round < 1000; round++) await cycle()
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 2)
    const volume = await openVolume(disk(), directory)
    expect(await volume.list('.tmp')).toEqual([])
  }, 120_000)

  it('throws at wrong arguments and closed handles in place of crashing', () => {
    const addon = binding() as unknown as Record<string, (...given: unknown[]) => unknown>
    const names = Object.keys(addon).filter((name) => typeof addon[name] === 'function')
    expect(names.length).toBeGreaterThan(20)
    const wrong = [undefined, null, -1, Number.NaN, 'text', {}, [], [1], true, new Uint8Array(3)]
    for (const name of names) {
      for (const value of wrong) {
        // abort(1) and the like are right calls; the others must throw, none may bring the process down.
        const call = (): unknown =>
          addon[name]?.(1, value, value, value, value, value, value, value)
        if (name === 'abort' || name === 'abandon') continue
        expect(call, name).toThrow(TypeError)
      }
    }
  })

  it('refuses numbers that no clock and no file has', async () => {
    const addon = binding()
    const opened = await addon.openVolume(
      nextCall(addon),
      await tempDirectory(),
      true,
      0o600,
      0o700,
      '.tmp/t-',
      false,
    )
    const { handle } = opened
    for (const wrong of [Number.NaN, Infinity, 1e300]) {
      const calls = [
        () => addon.lock(nextCall(addon), handle, '.lock', true, wrong),
        () => addon.openCommitter(nextCall(addon), handle, '.lock', '.shared', wrong),
        () => addon.read(nextCall(addon), handle, 'a', wrong, 1, true),
        () => addon.read(nextCall(addon), handle, 'a', 0, wrong, true),
      ]
      for (const call of calls) expect(call).toThrow(TypeError)
    }
    expect(await addon.read(nextCall(addon), handle, 'a', 0, 1, true)).toBeUndefined()
    addon.closeVolume(handle)
  })
})
