import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { StorageError } from '../../../../src/base/errors.js'
import {
  DeletionRecords,
  isDiskFull,
  onlyDeletes,
} from '../../../../src/versions/file-system/deletion-records.js'
import { planChanges } from '../../../../src/versions/prompt-change.js'
import { NO_HEAD, type PromptChange } from '../../../../src/versions/prompt-heads.js'

const AT = new Date('2026-11-21T07:25:48.798Z')
const at = AT.toISOString()
const view = { promptId: 'p', head: undefined, versions: ['1.0.0', '1.1.0'] }
const plan = (change: Omit<PromptChange<unknown>, 'promptId'>): ReturnType<typeof planChanges> =>
  planChanges([view], { changes: [{ promptId: 'p', ...change }], result: 0 })
const doomed = (version: string, savedAt: string | null): object => {
  return { promptId: 'p', version, bytes: undefined, savedAt }
}

describe('the records of deletions', () => {
  it('are one entry for each prompt and transaction', () => {
    const records = new DeletionRecords('/store', { trash: true })
    const gone = [
      doomed('1.0.0', at),
      doomed('1.1.0', null),
      { ...doomed('1.0.0', at), promptId: 'q' },
    ]
    expect(records.entriesOf('p', gone as never, AT)).toEqual([
      { deleted: { '1.0.0': at, '1.1.0': null }, trash: true, at },
    ])
    expect(records.entriesOf('r', gone as never, AT)).toEqual([])
  })

  it('wait on a full disk, come before later ones, and raise the highest number', () => {
    const records = new DeletionRecords('/store', { trash: false })
    records.wait(plan({ delete: ['1.1.0'] }), [doomed('1.1.0', at)] as never, AT)
    expect(records.waiting).toEqual(['p'])
    const entries = records.entriesOf('p', [doomed('1.0.0', at)] as never, AT)
    expect(entries.map(({ deleted }) => Object.keys(deleted))).toEqual([['1.1.0'], ['1.0.0']])
    expect(records.headWith('p', NO_HEAD).highest).toBe('1.1.0')
    const higher = { ...NO_HEAD, highest: '2.0.0' }
    expect(records.headWith('p', higher)).toBe(higher)
    expect(records.headWith('q', NO_HEAD)).toBe(NO_HEAD)
    const heard: string[] = []
    onTestFinished(subscribe('warning', ({ code }) => heard.push(code)))
    records.warn()
    expect(heard).toEqual(['unrecorded-delete'])
    records.written('p')
    expect(records.waiting).toEqual([])
    expect(records.entriesOf('p', [], AT)).toEqual([])
  })

  it('may wait only for transactions that do nothing else', () => {
    expect(onlyDeletes(plan({ delete: ['1.0.0'] }))).toBe(true)
    expect(onlyDeletes(plan({ delete: ['1.0.0'], head: NO_HEAD }))).toBe(false)
    expect(onlyDeletes(plan({ requires: ['1.0.0'] }))).toBe(false)
  })

  it('may wait only for space', () => {
    const full = (error: string): StorageError =>
      new StorageError('FS-IO-001', 'full', { context: { error } })
    expect(['ENOSPC', 'EDQUOT', 'EIO'].map((error) => isDiskFull(full(error)))).toEqual([
      true,
      true,
      false,
    ])
    expect(isDiskFull(new Error('ENOSPC'))).toBe(false)
    // It may have been done: a second delete would fail, and seem to have had no effect.
    const context = { error: 'ENOSPC', outcome: 'unknown' }
    expect(isDiskFull(new StorageError('FS-IO-001', 'full', { context }))).toBe(false)
  })
})
