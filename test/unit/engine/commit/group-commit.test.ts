import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { subscribe, type CommitMessage } from '../../../../src/base/channels.js'
import { DiskError } from '../../../../src/disk/disk-error.js'
import type { DiskPhase } from '../../../../src/disk/disk-error.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { GroupCommit } from '../../../../src/engine/commit/group-commit.js'
import type { Journal } from '../../../../src/engine/journal/journal.js'
import { PageState } from '../../../../src/format/page.js'
import { encodeRecord } from '../../../../src/format/record.js'
import type { Interceptor } from '../../../support/intercepted.js'
import { tempDirectory } from '../../../support/temp.js'
import { create, readable, replace } from '../../disk/support.js'
import { interceptedDisk, opened, resolved, type CommitterInterceptor } from '../support.js'

interface Made {
  readonly commits: GroupCommit
  readonly journal: Journal
  readonly put: (path: string, text: string) => Promise<void>
  readonly add: (path: string) => Promise<void>
  readonly read: (path: string) => Promise<string | undefined>
  readonly messages: CommitMessage[]
}

async function group(ofCommitter?: CommitterInterceptor): Promise<Made> {
  const directory = await tempDirectory()
  const disk = interceptedDisk(portableDisk, (_, call) => call(), ofCommitter)
  const { journal, volume, retries } = await opened(directory, { disk })
  const commits = new GroupCommit(journal, retries, resolved())
  const messages: CommitMessage[] = []
  const stop = subscribe('commit', (message) => {
    if (message.directory === directory) messages.push(message)
  })
  onTestFinished(stop)
  return {
    commits,
    journal,
    put: async (path, text) => {
      const record = encodeRecord([replace(path, text)])
      await commits.commit(record, [{ kind: 'replace', path }], [path])
    },
    add: async (path) => {
      await commits.commit(encodeRecord([create(path, 'x')]), [{ kind: 'create', path }], [path])
    },
    read: async (path) => readable(await volume.read(path)),
    messages,
  }
}

async function append(journal: Journal, path: string): Promise<void> {
  const reply = await journal.append(encodeRecord([create(path, 'x')]), 1)
  await journal.onCommitted(reply, [{ kind: 'create', path }])
}

/** Fails the given commits, by their number from 1, once they have begun. */
function failing(numbers: readonly number[], phase: DiskPhase, code = 'EIO'): Interceptor {
  let commits = 0
  return (name, call) => {
    if (name !== 'commit' || !numbers.includes(++commits)) return call()
    return Promise.reject(new DiskError(code, 'fdatasync', 'segment', { phase }))
  }
}

/** Holds the first commit until it is released. */
function holding(): { readonly intercept: Interceptor; readonly release: () => void } {
  let release = (): void => undefined
  let held: Promise<void> | undefined = new Promise((resolve) => (release = resolve))
  const intercept: Interceptor = (name, call) => {
    if (name !== 'commit' || held === undefined) return call()
    const first = held
    held = undefined
    return first.then(call)
  }
  return { intercept, release: () => release() }
}

const counts = (messages: readonly CommitMessage[]): number[] =>
  messages.map(({ transactions }) => transactions)

describe('a commit whose plan no longer holds', () => {
  it('is refused right before it is sent, and the others of its batch go on', async () => {
    const { commits, put, messages, read } = await group()
    const asked: string[] = []
    const plan = async (path: string, holds: boolean): Promise<boolean> =>
      await commits.commit(
        encodeRecord([create(path, 'x')]),
        [{ kind: 'create', path }],
        [path],
        () => {
          asked.push(path)
          return holds
        },
      )
    const outdated = await Promise.all([plan('a', false), plan('b', true), put('c', 'x')])
    expect(outdated).toEqual([false, true, undefined])
    expect(asked).toEqual(['a', 'b'])
    expect(messages).toMatchObject([{ transactions: 2 }])
    expect([await read('a'), await read('b')]).toEqual([undefined, 'x'])
    // A batch of which nothing is left, and the path is free again.
    expect(await plan('a', false)).toBe(false)
    expect(await plan('a', true)).toBe(true)
    await commits.drain()
  })

  it('is asked again after another process has turned the segment, with what was committed before', async () => {
    const path = await tempDirectory()
    const made = await opened(path)
    const { journal: other } = await opened(path)
    const commits = new GroupCommit(made.journal, made.retries, resolved())
    const known: number[] = []
    const holds = (): boolean => known.push(made.journal.lsn) === 1
    const record = encodeRecord([create('a', 'x')])
    await append(other, 'b')
    await other.turn({ fresh: false })
    const commit = commits.commit(record, [{ kind: 'create', path: 'a' }], ['a'], holds)
    expect(await commit).toBe(false)
    expect(known).toEqual([0, 1])
    expect(await made.volume.read('a')).toBeUndefined()
  })
})

describe('commits at the same time', () => {
  it('go to the disk together, with one frame for all', async () => {
    const { put, messages, journal } = await group()
    await Promise.all(['a', 'b', 'c'].map(async (path) => await put(path, path)))
    expect(messages).toMatchObject([{ transactions: 3, operations: 3, lsn: 1 }])
    expect(journal.changesSince(0)?.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
  })

  it('are split in two halves that overlap where there are many', async () => {
    const { put, messages } = await group()
    const paths = Array.from({ length: 16 }, (_, at) => `f${at}`)
    await Promise.all(paths.map(async (path) => await put(path, path)))
    expect(counts(messages)).toEqual([8, 8])
  })

  it('of one path take effect in the order of the calls, one frame after the other', async () => {
    const { put, read, messages } = await group()
    await Promise.all(['1', '2', '3'].map(async (text) => await put('same', text)))
    expect(await read('same')).toBe('3')
    expect(counts(messages)).toEqual([1, 1, 1])
  })

  it('fail alone: what is beside a conflict is committed', async () => {
    const { add, read, messages } = await group()
    await add('taken')
    const results = await Promise.allSettled(['a', 'taken', 'b'].map(add))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { code: 'EEXIST', phase: 'check' } })
    expect([await read('a'), await read('b')]).toEqual(['x', 'x'])
    expect(counts(messages)).toEqual([1, 2])
  })

  it('are waited for until none is left', async () => {
    const { intercept, release } = holding()
    const { put, commits } = await group(intercept)
    await commits.drain()
    const order: string[] = []
    const first = put('same', '1').then(() => order.push('first'))
    const second = put('same', '2').then(() => order.push('second'))
    const drained = commits.drain().then(() => order.push('drained'))
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(order).toEqual([])
    release()
    await Promise.all([first, second, drained])
    expect(order).toEqual(['first', 'second', 'drained'])
  })
})

describe('a flush of a frame that fails', () => {
  const poisoning = (numbers: readonly number[]): CommitterInterceptor => {
    const fail = failing(numbers, 'frame_flush')
    return async (name, call, given, { page }) => {
      try {
        return await fail(name, call, given)
      } catch (error) {
        page.state = PageState.poisoned
        throw error
      }
    }
  }

  it('is final for its segment: the batch goes to a new one', async () => {
    const { put, read, journal } = await group(poisoning([1]))
    const before = journal.segment.sequence
    await put('a', 'kept')
    expect(await read('a')).toBe('kept')
    expect(journal.segment.sequence).toBe(before + 1)
    expect(journal.poison).toBeUndefined()
  })

  it('a second time makes the store read-only, with an unknown outcome', async () => {
    const { put, journal } = await group(poisoning([1, 2]))
    await expect(put('a', 'x')).rejects.toMatchObject({ code: 'EIO', isOutcomeUnknown: true })
    expect(journal.poison).toMatchObject({ code: 'EIO', phase: 'frame_flush' })
    await expect(put('b', 'x')).rejects.toMatchObject({ code: 'FS-READONLY-001' })
  })
})

describe('a store that becomes read-only', () => {
  it('rejects what is waiting, and lets what is in flight end', async () => {
    const { intercept, release } = holding()
    const { put, read, journal } = await group(intercept)
    const first = put('same', 'in flight')
    const second = put('same', 'waiting')
    await new Promise((resolve) => setTimeout(resolve, 10))
    const cause = new Error('broken')
    journal.becomeReadOnly(cause)
    await expect(second).rejects.toBe(cause)
    release()
    await first
    expect(await read('same')).toBe('in flight')
  })
})

describe('a disk that hangs', () => {
  it('has everything behind it refused as not attempted, until it answers', async () => {
    const answers = failing([1], 'commit', 'ETIMEDOUT')
    const { intercept, release } = holding()
    let probes = 0
    const { put, read } = await group((name, call, given) => {
      if (name === 'commit') probes++
      if (name !== 'commit') return call()
      // The probe is held: nothing is acknowledged before it is answered.
      return probes === 1 ? answers(name, call, given) : intercept(name, call, given)
    })
    const [hung, waiting] = await Promise.allSettled([put('same', '1'), put('same', '2')])
    expect(hung).toMatchObject({ reason: { code: 'ETIMEDOUT', phase: 'commit' } })
    expect(waiting).toMatchObject({ reason: { code: 'ETIMEDOUT', cause: { code: 'ETIMEDOUT' } } })
    await expect(put('other', '3')).rejects.toMatchObject({ cause: { code: 'ETIMEDOUT' } })
    release()
    await vi.waitFor(async () => await put('same', '4'), 5000)
    expect(await read('same')).toBe('4')
    expect(await read('other')).toBeUndefined()
  })
})
