import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { chooseDisk } from '../../../src/disk/choose-disk.js'
import { Store } from '../../../src/engine/store.js'
import { HeldCommits } from '../../support/held-commits.js'
import { tempDirectory } from '../../support/temp.js'

const BYTES_MAX = 1024
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: unknown): string | undefined =>
  content instanceof Uint8Array ? Buffer.from(content).toString() : undefined

describe('what is built upon a directory', () => {
  it('reads what is committed, one file or many, and an error for what is too large', async () => {
    await using directory = await Store.open(await tempDirectory())
    await directory.commit([
      { kind: 'create', path: 'a', bytes: bytes('1') },
      { kind: 'create', path: 'large', bytes: new Uint8Array(BYTES_MAX + 1) },
    ])
    expect(text(await directory.readCommitted('a', BYTES_MAX))).toBe('1')
    expect(await directory.readCommitted('absent', BYTES_MAX)).toBeUndefined()
    await expect(directory.readCommitted('large', BYTES_MAX)).rejects.toMatchObject({
      code: 'EFBIG',
    })
    const [first, absent, large] = await directory.readManyCommitted(
      ['a', 'absent', 'large'],
      BYTES_MAX,
    )
    expect(text(first)).toBe('1')
    expect(absent).toBeUndefined()
    expect(large).toMatchObject({ code: 'EFBIG' })
  })

  it('does not commit what another process has overtaken before its fence, and releases what was staged', async () => {
    const path = await tempDirectory()
    const held = new HeldCommits(chooseDisk('native'))
    await using directory = await Store.open(path, { disk: held.disk })
    await using other = await Store.open(path)
    const { lsn } = directory
    const isAsPlanned = (): boolean => directory.lsn === lsn
    const staged = await directory.stage([bytes('staged')])
    const reached = held.next()
    const committing = directory.commit(
      [{ kind: 'create', path: 'a', staged }],
      undefined,
      isAsPlanned,
    )
    await reached
    await other.commit([{ kind: 'create', path: 'b', bytes: bytes('1') }])
    await other.fence()
    held.release()
    expect(await committing).toBe(false)
    expect(await directory.read('a')).toBeUndefined()
    expect(await directory.commit([{ kind: 'create', path: 'a', staged }])).toBe(true)
    expect(text(await other.read('a'))).toBe('staged')
  })

  it('learns each change in order, its own and those of others, until it stops', async () => {
    const path = await tempDirectory()
    await using directory = await Store.open(path)
    await using other = await Store.open(path)
    const told: string[] = []
    const stop = directory.onChange({
      changed: (changes) => told.push(...changes.map((change) => `${change.kind} ${change.path}`)),
      reset: () => told.push('reset'),
    })
    await directory.commit([{ kind: 'create', path: 'own', bytes: bytes('1') }])
    await other.commit([{ kind: 'create', path: 'theirs', bytes: bytes('2') }])
    await directory.refresh()
    expect(told).toEqual(['create own', 'create theirs'])
    expect(stop()).toBeUndefined()
    await directory.commit([{ kind: 'remove', path: 'own' }])
    expect(told).toHaveLength(2)
  })

  it('is given the changes since a place in the journal, or told that they are not known any more', async () => {
    await using directory = await Store.open(await tempDirectory())
    await directory.commit([{ kind: 'create', path: 'a', bytes: bytes('1') }])
    const [first] = directory.changesSince(0) ?? []
    expect(first).toMatchObject({ kind: 'create', path: 'a' })
    await directory.commit([{ kind: 'remove', path: 'a' }])
    const later = directory.changesSince(first?.lsn ?? 0)
    expect(later).toMatchObject([{ kind: 'remove', path: 'a' }])
    await directory.checkpoint()
    expect(directory.changesSince(0)).toBeUndefined()
    expect(directory.changesSince(later?.at(-1)?.lsn ?? 0)).toEqual([])
  })

  it('writes what it derives within every checkpoint, of which it is told how far it reaches', async () => {
    const path = await tempDirectory()
    const directory = await Store.open(path)
    const written: number[] = []
    directory.onCheckpoint(async (lsn) => {
      await sleep(1)
      written.push(lsn)
    })
    await directory.commit([{ kind: 'create', path: 'a', bytes: bytes('1') }])
    const [change] = directory.changesSince(0) ?? []
    await directory.checkpoint()
    expect(written.at(-1)).toBe(change?.lsn)
    const before = written.length
    await directory.commit([{ kind: 'create', path: 'b', bytes: bytes('1') }])
    await directory.close()
    expect(written.length).toBeGreaterThan(before)
    await expect(directory.waitForPublish()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })
})
