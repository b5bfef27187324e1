import { describe, expect, it, onTestFinished } from 'vitest'
import { DiskError } from '../../../src/disk/disk-error.js'
import type { DirectoryOptions } from '../../../src/engine/directory-options.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { storageError } from '../../../src/engine/failure.js'
import { subscribe, type RetryMessage } from '../../../src/base/channels.js'
import { busyDisk, type BusyDisk } from '../../support/busy-disk.js'
import { tempDirectory } from '../../support/temp.js'

const FOR_EVER = { delayMs: 60_000, maxDelayMs: 60_000 }

async function openBusy(
  options: DirectoryOptions = {},
): Promise<{ readonly store: DurableDirectory; readonly failNext: BusyDisk['failNext'] }> {
  const { disk, failNext } = busyDisk('portable')
  const store = await DurableDirectory.open(await tempDirectory(), { disk, ...options })
  return { store, failNext }
}

async function put(store: DurableDirectory, path: string, text: string): Promise<void> {
  await store.commit([{ kind: 'replace', path, bytes: Buffer.from(text) }])
}

async function textOf(store: DurableDirectory, path: string): Promise<string> {
  return Buffer.from((await store.read(path)) ?? []).toString()
}

/** The messages of the channel, and how to wait for the next ones. */
function told(): { readonly messages: RetryMessage[]; readonly next: () => Promise<void> } {
  const messages: RetryMessage[] = []
  let wake: () => void = () => undefined
  const stop = subscribe('retry', (message) => {
    messages.push(message)
    wake()
  })
  onTestFinished(stop)
  return { messages, next: async () => await new Promise<void>((resolve) => (wake = resolve)) }
}

describe('what the disk refuses for a moment', () => {
  it('is reported with the store, the attempt, its code and the wait', async () => {
    const { store, failNext } = await openBusy()
    await put(store, 'a', 'text')
    const { messages } = told()
    failNext('read', 2, 'ESTALE')
    expect(await textOf(store, 'a')).toBe('text')
    const event = { directory: store.path, operation: 'read', path: 'a', code: 'ESTALE' }
    expect(messages).toMatchObject([
      { ...event, attempt: 1 },
      { ...event, attempt: 2 },
    ])
    const [first, second] = messages.map(({ delayMs }) => delayMs)
    expect(first).toBeGreaterThanOrEqual(50)
    expect(first).toBeLessThanOrEqual(100)
    expect(second).toBeGreaterThanOrEqual(100)
    expect(second).toBeLessThanOrEqual(200)
    expect(store.health().retries).toBe(2)
    await store.close()
  })

  it('keeps commits of one path in the order of the calls, and lets others pass', async () => {
    const { store, failNext } = await openBusy({ retry: FOR_EVER, ioTimeoutMs: 0 })
    const { next } = told()
    failNext('change', 1)
    const resting = next()
    const first = put(store, 'a', 'first')
    await resting
    const second = put(store, 'a', 'second')
    await put(store, 'b', 'other')
    expect(await textOf(store, 'a')).toBe('')
    store.hurry()
    await Promise.all([first, second])
    expect(await textOf(store, 'a')).toBe('second')
    await store.close()
  })

  it('is waited for no longer once the directory is being closed', async () => {
    const { store, failNext } = await openBusy({ retry: FOR_EVER, ioTimeoutMs: 0 })
    await put(store, 'a', 'text')
    const { next } = told()
    const reading = next()
    failNext('read', 1)
    const read = textOf(store, 'a')
    await reading
    failNext('change', 1)
    const resting = next()
    const commit = put(store, 'b', 'kept')
    await resting
    await store.close()
    expect(await read).toBe('text')
    await expect(commit).resolves.toBeUndefined()
  })

  it('is refused with the number of attempts, and the caller may try again', async () => {
    const { store, failNext } = await openBusy({ retry: { attempts: 2, delayMs: 1 } })
    failNext('change', 2)
    await expect(put(store, 'a', 'x')).rejects.toMatchObject({
      code: 'FS-SAVE-001',
      cause: { code: 'EBUSY', attempts: 2 },
      context: { error: 'EBUSY', attempts: 2 },
    })
    await put(store, 'a', 'y')
    expect(await textOf(store, 'a')).toBe('y')
    await store.close()
  })

  it.for(['ENOSPC', 'EEXIST', 'EIO'])('is tried once if it is %s', async (code) => {
    const { store, failNext } = await openBusy()
    const { messages } = told()
    failNext('change', 1, code)
    await expect(put(store, 'a', 'x')).rejects.toThrow()
    expect(messages).toEqual([])
    await store.close()
  })

  it('is tried once where nothing is to be tried again', async () => {
    const { store, failNext } = await openBusy({ retry: false })
    await put(store, 'a', 'x')
    failNext('read', 1)
    await expect(store.read('a')).rejects.toMatchObject({ context: { error: 'EBUSY' } })
    failNext('change', 1)
    await expect(put(store, 'a', 'y')).rejects.toMatchObject({ context: { error: 'EBUSY' } })
    await store.close()
  })
})

it('calls that hang in the kernel have a reason of their own', () => {
  const failed = storageError(new DiskError('EBUSY', 'pool', '', { phase: 'pool' }), {
    fallback: 'FS-SAVE-001',
    what: 'Commit failed',
  })
  expect(failed).toMatchObject({ code: 'FS-SAVE-001', context: { reason: 'hung_calls' } })
  expect(failed.message).toContain('the disk does not answer')
})

it.for([
  [{ attempts: 0 }, RangeError, '"retry.attempts" must be an integer from 1 to 10, got 0'],
  [{ delayMs: 0.5 }, TypeError, '"retry.delayMs" must be an integer from 1 to 60000, got 0.5'],
  [{ maxDelay: 1 }, TypeError, 'did you mean "maxDelayMs"?'],
  [true, TypeError, '"retry" must be false or an object, got true'],
  [null, TypeError, '"retry" must be false or an object, got null'],
] as const)('refuses %o as its option', async ([retry, kind, message]) => {
  const opening = DurableDirectory.open('nowhere', { retry: retry as never })
  await expect(opening).rejects.toThrow(kind)
  await expect(opening).rejects.toThrow(message)
})
