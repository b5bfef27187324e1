import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { RESERVE_FILE, TEMPORARY_DIRECTORY } from '../../../../src/format/layout.js'
import { busyDisk, type BusyDisk } from '../../../support/busy-disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { readable, text } from '../../disk/support.js'

const SEGMENT_BYTES = 64 * 1024
/** Over the part of a segment that one content may take. */
const LARGE_BYTES = SEGMENT_BYTES / 8 + 1

interface Made extends AsyncDisposable {
  readonly store: Store
  readonly failNext: BusyDisk['failNext']
  readonly staged: () => Promise<string[]>
}

async function openStore(): Promise<Made> {
  const { disk, failNext } = busyDisk('portable')
  const path = await tempDirectory()
  const options = { disk, segmentBytes: SEGMENT_BYTES, checkpointIdleMs: 3_600_000 }
  const store = await Store.open(path, { ...options, retry: false })
  return {
    store,
    failNext,
    staged: async () => await readdir(join(path, TEMPORARY_DIRECTORY)),
    [Symbol.asyncDispose]: async () => await store.close(),
  }
}

const large = (filling: number): Uint8Array => new Uint8Array(LARGE_BYTES).fill(filling)

describe('a transaction', () => {
  it('takes large contents and staged files into its directory, and leaves nothing staged', async () => {
    await using made = await openStore()
    const { store, staged } = made
    const file = await store.stage([text('stream')])
    await store.commit([
      { kind: 'create', path: 'large', bytes: large(7) },
      { kind: 'create', path: 'stream', staged: file },
    ])
    expect(await store.read('large')).toEqual(large(7))
    expect(readable(await store.read('stream'))).toBe('stream')
    expect([file.state, await staged()]).toEqual(['gone', []])
  })

  it('returns a staged file when it was refused, and removes what it has staged itself', async () => {
    await using made = await openStore()
    const { store, staged } = made
    await store.commit([{ kind: 'create', path: 'taken', bytes: text('x') }])
    const file = await store.stage([text('stream')])
    const refused = store.commit([
      { kind: 'create', path: 'large', bytes: large(1) },
      { kind: 'create', path: 'taken', staged: file },
    ])
    expect(file.state).toBe('sent')
    await expect(refused).rejects.toMatchObject({ code: 'FS-CONFLICT-001' })
    expect(file.state).toBe('free')
    expect(await staged()).toHaveLength(1)
    await store.commit([{ kind: 'create', path: 'free', staged: file }])
    expect(readable(await store.read('free'))).toBe('stream')
  })

  it('keeps its staged files after a failure that a frame may have outlived', async () => {
    await using made = await openStore()
    const { store, failNext, staged } = made
    failNext('change', 1, 'EIO')
    const failed = store.commit([{ kind: 'create', path: 'large', bytes: large(1) }])
    await expect(failed).rejects.toMatchObject({ context: { error: 'EIO' } })
    expect(await staged()).toHaveLength(1)
  })
})

describe('a disk without space', () => {
  const exists = async (store: Store): Promise<boolean> =>
    (await store.volume.stat(RESERVE_FILE)) !== undefined

  async function withReserve(): Promise<Made> {
    const made = await openStore()
    await made.store.commit([{ kind: 'create', path: 'old', bytes: text('x') }])
    await made.store.checkpoint()
    expect(await exists(made.store)).toBe(true)
    return made
  }

  it('gives up its reserve to a transaction that makes room', async () => {
    await using made = await withReserve()
    const { store, failNext } = made
    failNext('change', 1, 'ENOSPC')
    await store.commit([
      { kind: 'create', path: 'moved', bytes: text('x') },
      { kind: 'remove', path: 'old' },
    ])
    expect(await store.read('old')).toBeUndefined()
    expect(await exists(store)).toBe(false)
  })

  it('keeps its reserve from one that takes room, or fails for another reason', async () => {
    await using made = await withReserve()
    const { store, failNext } = made
    failNext('change', 1, 'ENOSPC')
    const taking = store.commit([{ kind: 'replace', path: 'old', bytes: text('more') }])
    await expect(taking).rejects.toMatchObject({ context: { error: 'ENOSPC' } })
    failNext('change', 1, 'EIO')
    const removing = store.commit([{ kind: 'remove', path: 'old' }])
    await expect(removing).rejects.toMatchObject({ context: { error: 'EIO' } })
    expect(await exists(store)).toBe(true)
    expect(readable(await store.read('old'))).toBe('x')
  })

  it('refuses a removal as well once the reserve is used', async () => {
    await using made = await withReserve()
    const { store, failNext } = made
    failNext('change', 2, 'ENOSPC')
    const removing = store.commit([{ kind: 'remove', path: 'old' }])
    await expect(removing).rejects.toMatchObject({ context: { error: 'ENOSPC' } })
    failNext('change', 1, 'ENOSPC')
    const again = store.commit([{ kind: 'remove', path: 'old' }])
    await expect(again).rejects.toMatchObject({ context: { error: 'ENOSPC' } })
    expect(readable(await store.read('old'))).toBe('x')
  })
})
