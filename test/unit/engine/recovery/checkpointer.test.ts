import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe, type CheckpointMessage } from '../../../../src/base/channels.js'
import { DiskError } from '../../../../src/disk/disk-error.js'
import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import type { Disk, Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { Background } from '../../../../src/engine/background.js'
import type { Journal } from '../../../../src/engine/journal/journal.js'
import { changeOf } from '../../../../src/engine/commit/transaction.js'
import { Checkpointer } from '../../../../src/engine/recovery/checkpointer.js'
import { CHECKPOINT_LOCK_FILE, isEngineName } from '../../../../src/format/layout.js'
import { encodeRecord, type RecordOperation } from '../../../../src/format/record.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_SYNCFS } from '../../../support/windows.js'
import { create, readable, remove } from '../../disk/support.js'
import { interceptedDisk, opened, resolved } from '../support.js'

interface Made {
  readonly volume: Volume
  readonly journal: Journal
  readonly background: Background
  readonly checkpointer: Checkpointer
  readonly commit: (...operations: readonly RecordOperation[]) => Promise<void>
  /** What was flushed, and the notes in the journal, in order. */
  readonly calls: string[]
  /** The next flushes of files and directories fail. */
  readonly failNext: (times: number) => void
}

async function made(of: Disk = portableDisk): Promise<Made> {
  const calls: string[] = []
  let failures = 0
  const flushed = (paths: readonly string[]): string[] =>
    paths.filter((path) => !isEngineName(path)).map((path) => path || '/')
  const disk = interceptedDisk(
    of,
    (name, call, given) => {
      if (name === 'flushFileSystem') calls.push('flush everything')
      if (name !== 'flushMany') return call()
      const [files = [], directories = []] = given as string[][]
      if (files.length > 0 || flushed(directories).length > 0)
        calls.push([...files, '|', ...flushed(directories)].join(' '))
      if (failures <= 0) return call()
      failures--
      return Promise.reject(new DiskError('EIO', 'fsync', files[0] ?? '', { phase: 'flush' }))
    },
    (name, call, given) => {
      const [request] = given as [{ kind?: string }]
      if (name === 'commit' && request.kind === 'checkpoint') calls.push('note')
      return call()
    },
  )
  const options = resolved({ disk })
  const { volume, journal } = await opened(await tempDirectory(), { disk })
  const background = new Background(volume.directory)
  onTestFinished(async () => await background.stop())
  const checkpointer = new Checkpointer(volume, journal, background, options)
  calls.length = 0
  const commit: Made['commit'] = async (...operations) => {
    const reply = await journal.append(encodeRecord(operations), 1)
    await journal.onCommitted(reply, operations.map(changeOf))
  }
  const failNext = (times: number): void => void (failures = times)
  return { volume, journal, background, checkpointer, commit, calls, failNext }
}

describe('a checkpoint', () => {
  it('flushes files, then directories from the deepest up, then derived state, then notes it', async () => {
    const { checkpointer, commit, calls, journal } = await made()
    const messages: CheckpointMessage[] = []
    onTestFinished(subscribe('checkpoint', (message) => messages.push(message)))
    checkpointer.addDerived(async (lsn) => {
      calls.push(`derived ${lsn}`)
      return await Promise.resolve()
    })
    await commit(create('a/b/one', 'x'), create('two', 'x'), create('gone', 'x'))
    await commit(remove('gone'))
    calls.length = 0
    expect(await checkpointer.checkpoint(true)).toBe(true)
    expect(calls).toEqual(['a/b/one two |', '| a/b', '| a', '| /', 'derived 2', 'note'])
    expect([journal.checkpointLsn, journal.changeCount]).toEqual([2, 0])
    expect(messages).toMatchObject([{ lsn: 2, changes: 4 }])
    calls.length = 0
    expect(await checkpointer.checkpoint(true)).toBe(true)
    expect(calls).toEqual([])
  })

  it('flushes the file system once when there are many changes', async ({ skip }) => {
    skip(isWindows, NO_SYNCFS)
    const { checkpointer, commit, calls } = await made(chooseDisk('native'))
    await commit(...Array.from({ length: 257 }, (_, at) => create(`f${at}`, 'x')))
    calls.length = 0
    await checkpointer.checkpoint(true)
    expect(calls).toEqual(['flush everything', 'note'])
  })

  it('flushes many changes in pieces, and no other file, where no call flushes a file system', async () => {
    const { checkpointer, commit, calls } = await made()
    await commit(create('old', 'x'))
    await checkpointer.checkpoint(true)
    calls.length = 0
    const names = Array.from({ length: 600 }, (_, at) => `f${at}`)
    await commit(...names.map((name) => create(name, 'x')))
    await checkpointer.checkpoint(true)
    const pieces = [names.slice(0, 256), names.slice(256, 512), names.slice(512)]
    expect(calls).toEqual([...pieces.map((each) => `${each.join(' ')} |`), '| /', 'note'])
  })

  it('rewrites every file from the journal when a flush has failed, and never flushes it again', async () => {
    const { checkpointer, commit, calls, failNext, background, journal, volume } = await made()
    await commit(create('a', 'kept'))
    // As a page cache shows it that has lost the bytes and counts them as clean.
    await volume.write('a', new Uint8Array(4), { replace: true, flush: false })
    calls.length = 0
    failNext(1)
    expect(await checkpointer.checkpoint(true)).toBe(true)
    expect(calls).toEqual(['a |', 'note'])
    expect(readable(await volume.read('a'))).toBe('kept')
    expect([background.errors, journal.isSuspect]).toEqual([1, false])
  })

  it('is valid without derived state, which can be rebuilt', async () => {
    const { checkpointer, commit, calls, background } = await made()
    checkpointer.addDerived(async () => await Promise.reject(new Error('no space')))
    checkpointer.addDerived(async () => void (await Promise.resolve(calls.push('derived'))))
    await commit(create('a', 'x'))
    calls.length = 0
    expect(await checkpointer.checkpoint(true)).toBe(true)
    expect(calls.slice(-2)).toEqual(['derived', 'note'])
    expect(background.errors).toBe(1)
  })

  it('writes derived state that is older than the journal, without changes, once', async () => {
    const { checkpointer, commit, calls } = await made()
    await commit(create('a', 'x'))
    await checkpointer.checkpoint(true)
    const write = async (lsn: number): Promise<void> =>
      void (await Promise.resolve(calls.push(`derived ${lsn}`)))
    calls.length = 0
    checkpointer.addDerived(write, 1)
    await checkpointer.checkpoint(true)
    expect(calls).toEqual([])
    checkpointer.addDerived(write, 0)
    await checkpointer.checkpoint(true)
    await checkpointer.checkpoint(true)
    // The note of the last checkpoint is a frame, too.
    expect(calls).toEqual(['derived 2', 'derived 2'])
  })

  it('is left to another process that is at it, unless it has to wait', async () => {
    const { checkpointer, commit, volume } = await made()
    await commit(create('a', 'x'))
    const lock = await volume.lock(CHECKPOINT_LOCK_FILE, 'exclusive', { timeoutMs: 0 })
    expect(await checkpointer.checkpoint(false)).toBe(false)
    const waiting = checkpointer.checkpoint(true)
    await lock.release()
    expect(await waiting).toBe(true)
  })

  it('is not made of a journal that takes no more writes', async () => {
    const { checkpointer, commit, calls, journal } = await made()
    await commit(create('a', 'x'))
    calls.length = 0
    journal.becomeReadOnly(new Error('broken'))
    expect(await checkpointer.checkpoint(true)).toBe(false)
    expect(calls).toEqual([])
  })

  it('leaves nothing of earlier commits in the journal when it is to shred them', async () => {
    const { checkpointer, commit, volume } = await made()
    await commit(create('a', 'a secret'))
    await commit(remove('a'))
    await checkpointer.shred()
    const held: string[] = []
    for (const { name } of (await volume.list('.journal')) ?? []) {
      const bytes = await volume.read(`.journal/${name}`)
      if (Buffer.from(bytes ?? []).includes('a secret')) held.push(name)
    }
    expect(held).toEqual([])
  })
})

describe('the amount that was journaled', () => {
  it('is counted in frames, and a spare is prepared once in the second half of a segment', async () => {
    const { checkpointer, commit, volume, background, journal } = await made()
    await commit(create('a', 'x'))
    expect(checkpointer.journaledBytes).toBe(4096)
    expect((await checkpointer.space()).totalBytes).toBeGreaterThan(0)
    const spares = async (): Promise<number> =>
      ((await volume.list('.journal')) ?? []).filter(({ name }) => name.startsWith('spare-')).length
    expect(await spares()).toBe(0)
    await commit(create('big', 'x'.repeat(journal.segment.bytes / 2)))
    await background.stop()
    expect(await spares()).toBe(1)
  })
})
