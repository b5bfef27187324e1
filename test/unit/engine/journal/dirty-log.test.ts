import { describe, expect, it } from 'vitest'
import { DirtyLog, dirtySince, loggedChanges } from '../../../../src/engine/journal/dirty-log.js'
import type { JournalEntry, JournalScan } from '../../../../src/engine/journal/scan.js'
import { create, remove, replace } from '../../disk/support.js'

const entry = (lsn: number, ...transactions: JournalEntry['transactions']): JournalEntry => ({
  lsn,
  timeMs: lsn * 1000,
  transactions,
})

function logOf(floor: number, ...entries: readonly JournalEntry[]): DirtyLog {
  const log = new DirtyLog(floor)
  for (const one of entries) log.add(loggedChanges(one))
  return log
}

const pathsSince = (log: DirtyLog, lsn: number): string[] | undefined =>
  log.since(lsn)?.map(({ path }) => path)

describe('the log of changes', () => {
  it('returns what came after an lsn, and nothing where some of that is no longer known', () => {
    const log = logOf(4, entry(5, [create('a', '')], [create('b', '')]), entry(7, [remove('a')]))
    expect(pathsSince(log, 3)).toBeUndefined()
    expect(pathsSince(log, 4)).toEqual(['a', 'b', 'a'])
    expect(pathsSince(log, 5)).toEqual(['a'])
    expect(pathsSince(log, 7)).toEqual([])
  })

  it('forgets what a checkpoint covers, and never learns of it again from an older one', () => {
    const log = logOf(0, entry(1, [create('a', '')]), entry(2, [create('b', '')]))
    log.forget(1)
    expect([log.size, pathsSince(log, 0), pathsSince(log, 1)]).toEqual([1, undefined, ['b']])
    log.forget(0)
    expect(pathsSince(log, 0)).toBeUndefined()
    log.reset(9)
    expect([log.size, pathsSince(log, 8), pathsSince(log, 9)]).toEqual([0, undefined, []])
  })

  it('names the files to be flushed and every directory that changed, up to an lsn', async () => {
    const log = logOf(
      0,
      entry(1, [create('d/e/kept', ''), create('d/gone', '')], [replace('back', '')]),
      entry(2, [remove('d/gone'), remove('back')]),
      entry(3, [create('back', '')]),
      entry(4, [create('later/f', '')]),
    )
    const { files, directories } = await log.touched(3)
    expect([...files].sort()).toEqual(['back', 'd/e/kept'])
    expect([...directories].sort()).toEqual(['', 'd', 'd/e'])
  })

  it('lets other work run while it goes through many changes, and misses none of them', async () => {
    const log = new DirtyLog(0)
    const paths = Array.from({ length: 2500 }, (_, at) => `f${at}`)
    log.add(paths.map((path) => ({ kind: 'create', path, lsn: 1, timeMs: 0 })))
    let turns = 0
    const other = (): void => {
      turns++
      waiting = setImmediate(other)
    }
    let waiting = setImmediate(other)
    const { files } = await log.touched(1)
    clearImmediate(waiting)
    expect(files).toEqual(paths)
    expect(turns).toBeGreaterThanOrEqual(2)
  })

  it('begins with what a journal holds since its last checkpoint', () => {
    const entries = [entry(3, [create('covered', '')]), entry(4, [replace('a', ''), remove('b')])]
    const scan = { checkpointLsn: 3, entries } as unknown as JournalScan
    const log = dirtySince(scan)
    expect(log.all).toEqual([
      { kind: 'replace', path: 'a', lsn: 4, timeMs: 4000 },
      { kind: 'remove', path: 'b', lsn: 4, timeMs: 4000 },
    ])
    expect(pathsSince(log, 2)).toBeUndefined()
  })
})
