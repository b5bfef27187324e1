import type { Record } from '../record.js'
import type { ScenarioName } from '../plan/scenarios.js'
import type { SubjectName } from '../plan/subjects.js'
import { duration, integer, NONE, rate, table, times } from './format.js'
import {
  find,
  latencyRatio,
  medianDelayMs,
  medianMs,
  medianOf,
  medianPerSecond,
  ratio,
} from './summary.js'

/** What the project asks of itself. All of it is computed from one run. */
export interface Target {
  readonly title: string
  /** Undefined when the run did not measure it. */
  readonly reached: number | undefined
  readonly bound: 'at least' | 'at most'
  readonly value: number
  readonly show: (value: number) => string
}

const OWN: SubjectName = 'storage-native'
const US_PER_MS = 1000

export function targetsOf(record: Record): readonly Target[] {
  return [...saveTargets(record), ...readTargets(record), ...timeTargets(record)]
}

export function isMet({ reached, bound, value }: Target): boolean | undefined {
  if (reached === undefined) return undefined
  return bound === 'at least' ? reached >= value : reached <= value
}

export function targetTable(targets: readonly Target[]): string[] {
  const rows = targets.map((target) => {
    const { title, reached, bound, value, show } = target
    return [
      title,
      `${bound} ${show(value)}`,
      reached === undefined ? NONE : show(reached),
      verdict(target),
    ]
  })
  return table(['target', 'asked for', 'reached', ''], rows)
}

function verdict(target: Target): string {
  const met = isMet(target)
  if (met === undefined) return 'not measured'
  return met ? 'met' : '**missed**'
}

function saveTargets(record: Record): Target[] {
  return [
    against(record, 'durable save, 1 at a time', 'save-1', 'better-sqlite3', 0.9),
    against(record, 'durable save, 1 at a time', 'save-1', 'write-file-atomic', 5),
    against(record, 'durable save, 1 at a time', 'save-1', 'storage-portable', 2),
    against(record, '64 at a time', 'save-64', 'write-file-atomic', 10),
    against(record, '64 at a time', 'save-64', 'lmdb', 0.6),
    against(record, '64 at a time', 'save-64', 'files-unflushed', 1.3),
    against(record, 'one transaction of 1,000', 'batch-1000', 'better-sqlite3', 0.5),
    {
      title: '4 processes of 16 callers, against 1 process of 64',
      reached: between(record, ['save-4x16', OWN], ['save-64', OWN]),
      bound: 'at least',
      value: 0.8,
      show: times,
    },
    {
      title: 'flushes of a batch, 64 at a time',
      reached: record.counts.find(({ subject, lanes }) => subject === OWN && lanes > 1)
        ?.flushesPerBatch,
      bound: 'at most',
      value: 1,
      show: (flushes) => flushes.toFixed(2),
    },
  ]
}

function readTargets(record: Record): Target[] {
  return [
    fast(record, 'cached get', 'get-cached', 3_000_000),
    {
      title: 'cached get, against get of lmdb',
      reached: between(record, ['get-cached', OWN], ['get-hot', 'lmdb']),
      bound: 'at least',
      value: 15,
      show: times,
    },
    against(record, 'hot get', 'get-hot', 'better-sqlite3', 0.8),
    {
      ...against(record, 'hot get', 'get-hot', 'write-file-atomic', 8),
      title: 'hot get, against fs.promises.readFile and JSON.parse',
    },
    fast(record, 'latest version by index', 'latest-name', 1_000_000),
    {
      title: 'list of 50 versions, hot',
      reached: invert(valueOf(record, 'list-50', medianPerSecond)),
      bound: 'at most',
      value: 0.5,
      show: milliseconds,
    },
  ]
}

function timeTargets(record: Record): Target[] {
  const sized: readonly ScenarioName[] = ['save-in-20000', 'save-in-200000', 'save-in-500000']
  return [
    ...sized.map((name): Target => ({
      title: `p50 of a save into ${integer(Number(name.slice('save-in-'.length)))} versions, against an empty store`,
      reached: between(record, [name, OWN], ['save-in-0', OWN], latencyRatio),
      bound: 'at most',
      value: 1.2,
      show: times,
    })),
    {
      title: 'open of a closed store of 500,000 versions',
      reached: valueOf(record, 'open-500000', medianMs),
      bound: 'at most',
      value: 1000,
      show: milliseconds,
    },
    {
      title: 'memory of an open store of 500,000 versions, per version',
      reached: valueOf(record, 'open-500000', (result) =>
        medianOf(result, ({ heapBytes, operations }) =>
          heapBytes === undefined ? undefined : heapBytes / operations,
        ),
      ),
      bound: 'at most',
      value: 150,
      show: (bytes) => `${integer(bytes)} B`,
    },
    {
      title: 'recovery of a journal of 64 MiB',
      reached: valueOf(record, 'recover-64m', medianMs),
      bound: 'at most',
      value: 3000,
      show: milliseconds,
    },
    {
      title: 'event-loop delay p99.9, 64 at a time',
      reached: valueOf(record, 'delay-64', (result) => medianDelayMs(result, 'p999')),
      bound: 'at most',
      value: 10,
      show: milliseconds,
    },
  ]
}

function against(
  record: Record,
  title: string,
  scenario: ScenarioName,
  other: SubjectName,
  value: number,
): Target {
  return {
    title: `${title}, against ${other}`,
    reached: between(record, [scenario, OWN], [scenario, other]),
    bound: 'at least',
    value,
    show: times,
  }
}

function fast(record: Record, title: string, scenario: ScenarioName, value: number): Target {
  return {
    title,
    reached: valueOf(record, scenario, medianPerSecond),
    bound: 'at least',
    value,
    show: rate,
  }
}

type CellName = readonly [ScenarioName, SubjectName]

function between(
  { results }: Record,
  [scenario, subject]: CellName,
  [otherScenario, otherSubject]: CellName,
  compare: typeof ratio = ratio,
): number | undefined {
  const result = find(results, scenario, subject)
  const other = find(results, otherScenario, otherSubject)
  return result === undefined || other === undefined ? undefined : compare(result, other)
}

function valueOf(
  { results }: Record,
  scenario: ScenarioName,
  value: (result: NonNullable<ReturnType<typeof find>>) => number | undefined,
): number | undefined {
  const result = find(results, scenario, OWN)
  return result && value(result)
}

/** A rate as the ms of one operation. */
function invert(perSecond: number | undefined): number | undefined {
  return perSecond === undefined ? undefined : US_PER_MS / perSecond
}

function milliseconds(ms: number): string {
  return duration(ms * US_PER_MS)
}
