import { describe, expect, it } from 'vitest'
import { difference, parseSummary } from '../../bench/src/count/syscalls.js'
import { formatRecord, parseRecord } from '../../bench/src/record.js'
import { duration, integer, table, times } from '../../bench/src/report/format.js'
import { boundsOf } from '../../bench/src/report/bounds.js'
import {
  addressesOf,
  benchmarksSection,
  readmeSection,
  replaceSection,
} from '../../bench/src/report/documents.js'
import { compareNative, nativeTable } from '../../bench/src/report/native-table.js'
import { reportOf } from '../../bench/src/report/report.js'
import { latencyRatio, median, ratio } from '../../bench/src/report/summary.js'
import { isMet, targetsOf, targetTable } from '../../bench/src/report/targets.js'
import { cell, quantiles, recordOf } from './samples.js'

function reached(title: RegExp, record: ReturnType<typeof recordOf>): number | undefined {
  const found = targetsOf(record).filter((target) => title.test(target.title))
  expect(found).toHaveLength(1)
  return found[0]?.reached
}

describe('the summary', () => {
  it('takes medians', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(median([])).toBeNaN()
  })

  it('compares round by round, so that a slow minute of the machine hits both sides', () => {
    const own = cell('save-1', 'storage-native', [200, 20, 220])
    const other = cell('save-1', 'better-sqlite3', [100, 10, 100])
    expect(ratio(own, other)).toBe(2)
    expect(ratio(own, cell('save-1', 'lmdb', [100]))).toBe(2)
  })

  it('compares latencies by their medians', () => {
    const slow = cell('save-in-500000', 'storage-native', [1, 1], { latencyUs: quantiles(330) })
    const fast = cell('save-in-0', 'storage-native', [1, 1], { latencyUs: quantiles(300) })
    expect(latencyRatio(slow, fast)).toBeCloseTo(1.1)
  })
})

describe('upper bounds', () => {
  it('are times of one operation on average, with each disk', () => {
    const record = recordOf([
      cell('save-1', 'storage-native', [100]),
      cell('save-1', 'storage-portable', [49]),
      cell('get-cached', 'storage-native', [20_000]),
    ])
    const measured = boundsOf(record).filter((bound) => bound.reached !== undefined)
    expect(measured.map(({ title, reached: ms }) => [title, ms])).toEqual([
      ['durable save, Holdfast, native', 10],
      ['durable save, Holdfast, pure JS', 1000 / 49],
      ['get from the cache, Holdfast, native', 0.05],
    ])
    expect(measured.map(isMet)).toEqual([true, false, true])
  })
})

describe('targets', () => {
  it('are ratios within one run', () => {
    const record = recordOf([
      cell('save-64', 'storage-native', [1000, 1100, 900]),
      cell('save-64', 'write-file-atomic', [100, 100, 100]),
      cell('save-4x16', 'storage-native', [850, 850, 850]),
    ])
    expect(reached(/^64 at a time, against write-file-atomic/, record)).toBe(10)
    expect(reached(/4 processes/, record)).toBe(0.85)
    expect(
      reached(/against lmdb$/, recordOf([cell('save-64', 'storage-native', [1])])),
    ).toBeUndefined()
  })

  it('know their direction', () => {
    const target = { title: '', value: 10, show: String }
    expect(isMet({ ...target, reached: 10, bound: 'at least' })).toBe(true)
    expect(isMet({ ...target, reached: 9.9, bound: 'at least' })).toBe(false)
    expect(isMet({ ...target, reached: 10, bound: 'at most' })).toBe(true)
    expect(isMet({ ...target, reached: 10.1, bound: 'at most' })).toBe(false)
    expect(isMet({ ...target, reached: undefined, bound: 'at most' })).toBeUndefined()
  })

  it('take times, delays, memory and flushes from where they are measured', () => {
    const record = recordOf(
      [
        cell('open-500000', 'storage-native', [500_000], { elapsedMs: 900, heapBytes: 60_000_000 }),
        cell('recover-64m', 'storage-native', [60_000], { elapsedMs: 2500 }),
        cell('delay-64', 'storage-native', [1], { loopDelayMs: quantiles(2) }),
        cell('list-50', 'storage-native', [4000]),
      ],
      {
        counts: [
          {
            subject: 'storage-native',
            lanes: 64,
            flushes: 0.02,
            flushesPerBatch: 1,
            calls: 9,
            most: [],
          },
        ],
      },
    )
    expect(reached(/^open of a closed store/, record)).toBe(900)
    expect(reached(/per version$/, record)).toBe(120)
    expect(reached(/^recovery/, record)).toBe(2500)
    expect(reached(/^event-loop delay/, record)).toBe(8)
    expect(reached(/^list of 50/, record)).toBe(0.25)
    expect(reached(/^flushes/, record)).toBe(1)
  })

  it('say met, missed and not measured', () => {
    const lines = targetTable(
      targetsOf(
        recordOf([
          cell('get-cached', 'storage-native', [4_000_000]),
          cell('list-50', 'storage-native', [100]),
        ]),
      ),
    )
    expect(lines).toContainEqual('| cached get | at least 3,000,000/s | 4,000,000/s | met |')
    expect(lines.find((line) => line.startsWith('| list of 50'))).toMatch(
      /10 ms \| \*\*missed\*\* \|$/,
    )
    expect(lines.find((line) => line.startsWith('| recovery'))).toMatch(/- \| not measured \|$/)
  })
})

describe('the report', () => {
  const record = recordOf(
    [
      cell('save-1', 'storage-native', [2000], { latencyUs: quantiles(400) }),
      cell('save-1', 'storage-portable', [500], { latencyUs: quantiles(1900) }),
      cell('save-1', 'files-floor', [8000], { latencyUs: quantiles(120) }),
      cell('save-1', 'write-file-atomic', [400], { latencyUs: quantiles(2000) }),
    ],
    { notes: ['node-sqlite, there is none. Left out of save-1'] },
  )
  const chart = { id: 'native', title: 'Native', description: 'What it shows', spec: {} }

  it('compares native with pure JavaScript first', () => {
    expect(nativeTable(compareNative(record)).slice(2)).toEqual([
      '| durable save, 1 at a time | 2,000/s | 500/s | **4.0 x** | 8,000/s |',
    ])
    const headings = [...reportOf(record, [chart]).matchAll(/^## (.*)$/gm)].map((match) => match[1])
    expect(headings[0]).toBe('Native against pure JavaScript')
    expect(headings).toEqual(expect.arrayContaining(['Targets', 'Durable saves', 'Settings']))
  })

  it('leaves out what was not measured, and says so where something failed', () => {
    const text = reportOf(record, [chart])
    expect(text).not.toContain('## Files')
    expect(text).toContain('- node-sqlite, there is none. Left out of save-1')
    expect(text).toContain('![What it shows](charts/native.png)')
  })

  it('says what an acknowledged save means, and how each subject is set', () => {
    const text = reportOf(record, [])
    expect(text).toMatch(
      /\| write-file-atomic \| content flushed, its name not \| 400\/s \| 2 ms \/ 6 ms \|/,
    )
    expect(text).toContain('- write-file-atomic: settings of write-file-atomic.')
  })

  it('goes into a document between its marks, and nowhere else', () => {
    const section = readmeSection(record)
    const text =
      'before\n<!-- bench:table -->\nfigures of last year\n<!-- /bench:table -->\nafter\n'
    const replaced = replaceSection(text, section)
    expect(replaced).toContain(section)
    expect(replaced).not.toContain('figures of last year')
    expect(replaced.startsWith('before\n')).toBe(true)
    expect(replaced.endsWith('after\n')).toBe(true)
    expect(() => replaceSection('no marks', section)).toThrow(/bench:table/)
  })

  it('gives README.md one table of six rows, which begins with what an acknowledgement is worth', () => {
    const rows = readmeSection(record)
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(2)
    expect(rows).toEqual([
      '| An acknowledged save is | all flushed | all flushed | content flushed, its name not |',
      '| Durable saves, 1 at a time | 2,000/s | - | 400/s |',
      '| Durable saves, 64 at a time | - | - | - |',
      '| Documents saved in transactions of 1,000 | - | - | - |',
      '| Reads from the page cache, parsed | - | - | - |',
      '| Opening a store of 20,000 versions | - | - | - |',
    ])
  })

  it('gives docs/benchmarks.md the rest, with addresses that lead out of the package', () => {
    const addresses = addressesOf('git+https://github.com/some/store.git')
    const section = benchmarksSection(record, [chart], {
      addresses,
      directory: 'bench/results/full',
    })
    expect(section).toContain(
      '![What it shows](https://raw.githubusercontent.com/some/store/main/bench/results/full/charts/native.png)',
    )
    expect(section).toContain(
      '](https://github.com/some/store/blob/main/bench/results/full/report.md)',
    )
    expect(section).toContain('| durable save, 1 at a time | 2,000/s | 500/s | **4.0 x** |')
    expect(section).toMatch(/This run measured 2, met 2 and missed 0\./)
    expect(section).toContain('| write-file-atomic | content flushed, its name not | 400/s |')
    expect(() => addressesOf('https://example.org/store.git')).toThrow(/got 'https:\/\/example/)
  })

  it('is written from the lines of the record alone', () => {
    const again = parseRecord(formatRecord(record))
    expect(reportOf(again, [chart])).toBe(reportOf(record, [chart]))
    expect(() => parseRecord('')).toThrow(/machine/)
  })

  it('writes no more digits than were measured', () => {
    expect(integer(123_456)).toBe('123,000')
    expect([duration(4.321), duration(43_210), duration(4_321_000)]).toEqual([
      '4.32 µs',
      '43.2 ms',
      '4.32 s',
    ])
    expect([times(0.123), times(1.23), times(12.3)]).toEqual(['0.12 x', '1.2 x', '12 x'])
    expect(table(['a', 'b'], [['1', '2']])).toEqual(['| a | b |', '| --- | ---: |', '| 1 | 2 |'])
  })
})

describe('the tracer', () => {
  it('counts what the longer run did more, and no call less than never', () => {
    const fewer = {
      calls: new Map([
        ['fdatasync', 10],
        ['futex', 50],
      ]),
      batches: 10,
    }
    const all = {
      calls: new Map([
        ['fdatasync', 30],
        ['futex', 40],
        ['linkat', 100],
      ]),
      batches: 30,
    }
    const count = difference('storage-native', 64, fewer, all, 100)
    expect(count).toMatchObject({ flushes: 0.2, flushesPerBatch: 1, calls: 1.2 })
    expect(count.most).toEqual([
      ['linkat', 1],
      ['fdatasync', 0.2],
      ['futex', 0],
    ])
  })

  it('is read without its head, its rule and its sum', () => {
    const summary =
      'syscall      calls\n------- ----------\nfutex         1234\npwrite64        56\n------- ----------\ntotal         1290\n'
    expect([...parseSummary(summary)]).toEqual([
      ['futex', 1234],
      ['pwrite64', 56],
    ])
  })
})
