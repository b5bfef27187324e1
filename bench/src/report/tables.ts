import type { CellResult } from '../cells/result.js'
import { SCENARIO_NAMES, scenario, type Group, type ScenarioName } from '../plan/scenarios.js'
import { SUBJECT_PLANS, SUBJECTS, type SubjectName } from '../plan/subjects.js'
import type { Record } from '../record.js'
import { duration, integer, mebibytes, NONE, rate, table } from './format.js'
import {
  find,
  medianDelayMs,
  medianLatencyUs,
  medianMs,
  medianOf,
  medianPerSecond,
} from './summary.js'

export function saveTable({ results }: Record): string[] {
  const head = [
    'durable save of a 1 KiB document',
    'acknowledged means',
    '1 at a time',
    'p50 / p99',
    '64 at a time',
    'transaction of 1,000',
  ]
  return table(
    head,
    rowsOf(['save-1', 'save-64', 'batch-1000'], results, (subject) => {
      const [one, many, batch] = (['save-1', 'save-64', 'batch-1000'] as const).map((name) =>
        find(results, name, subject),
      )
      return [
        SUBJECT_PLANS[subject].acknowledged,
        rateOf(one),
        latenciesOf(one),
        rateOf(many),
        rateOf(batch),
      ]
    }),
  )
}

/** The subjects and scenarios that README.md shows. */
const SHORT_SUBJECTS = ['storage-native', 'better-sqlite3', 'write-file-atomic'] as const
const SHORT_RATES: readonly (readonly [ScenarioName, string])[] = [
  ['save-1', 'Durable saves, 1 at a time'],
  ['save-64', 'Durable saves, 64 at a time'],
  ['batch-1000', 'Documents saved in transactions of 1,000'],
  ['get-hot', 'Reads from the page cache, parsed'],
]

/** A column a subject; first what an acknowledged save is worth, without which no rate says anything. */
export function shortTable({ results }: Record): string[] {
  const row = (title: string, cell: (subject: SubjectName) => string): string[] => [
    title,
    ...SHORT_SUBJECTS.map(cell),
  ]
  const opening = (subject: SubjectName): string => {
    const result = find(results, 'open-20000', subject)
    return duration(result && medianMs(result) * 1000)
  }
  return table(
    ['', 'Holdfast, native', 'better-sqlite3', 'write-file-atomic'],
    [
      row('An acknowledged save is', (subject) => SUBJECT_PLANS[subject].acknowledged),
      ...SHORT_RATES.map(([name, title]) =>
        row(title, (subject) => rateOf(find(results, name, subject))),
      ),
      row('Opening a store of 20,000 versions', opening),
    ],
  )
}

/** A row a subject, a column a scenario. */
export function rateTable(head: string, names: readonly ScenarioName[], record: Record): string[] {
  return ratesOf([head], names, record, () => [])
}

/** As `rateTable`, with what a write that was acknowledged is worth. */
export function fileTable(head: string, names: readonly ScenarioName[], record: Record): string[] {
  return ratesOf([head, 'acknowledged means'], names, record, (subject) => [
    SUBJECT_PLANS[subject].acknowledged,
  ])
}

function ratesOf(
  heads: readonly string[],
  names: readonly ScenarioName[],
  { results }: Record,
  first: (subject: SubjectName) => readonly string[],
): string[] {
  const measured = names.filter((name) => results.some((result) => result.scenario === name))
  return table(
    [...heads, ...measured.map((name) => scenario(name).title)],
    rowsOf(measured, results, (subject) => [
      ...first(subject),
      ...measured.map((name) => rateOf(find(results, name, subject))),
    ]),
  )
}

export function groupTable(head: string, group: Group, record: Record): string[] {
  const names = SCENARIO_NAMES.filter((name) => scenario(name).group === group)
  return rateTable(head, names, record)
}

export function delayTable({ results }: Record): string[] {
  return table(
    ['64 at a time, checkpoints included', 'saves', 'delay p50', 'p99', 'p99.9', 'longest'],
    rowsOf(['delay-64'], results, (subject) => {
      const result = find(results, 'delay-64', subject)
      const parts = (['p50', 'p99', 'p999', 'max'] as const).map((part) => {
        const ms = result && medianDelayMs(result, part)
        return duration(ms === undefined ? undefined : ms * 1000)
      })
      return [rateOf(result), ...parts]
    }),
  )
}

export function sizeTable({ results }: Record): string[] {
  const names = SCENARIO_NAMES.filter((name) => scenario(name).group === 'sizes')
  const measured = names.filter((name) => results.some((result) => result.scenario === name))
  return table(
    ['p50 / p99 of a save', ...measured.map((name) => scenario(name).title)],
    rowsOf(measured, results, (subject) =>
      measured.map((name) => latenciesOf(find(results, name, subject))),
    ),
  )
}

export function openTable({ results }: Record): string[] {
  const rows = results
    .filter(({ scenario: name }) => ['opens', 'recovery'].includes(scenario(name).group))
    .map((result) => {
      const operations = medianOf(result, (sample) => sample.operations)
      const heapBytes = medianOf(result, (sample) => sample.heapBytes)
      const rssBytes = medianOf(result, (sample) => sample.rssBytes)
      // A recovery leaves garbage and a cache behind: only of a clean open the sum says something about a version.
      const each =
        heapBytes === undefined || operations === undefined || result.scenario.startsWith('recover')
          ? NONE
          : `${integer(heapBytes / operations)} B`
      return [
        `${scenario(result.scenario).title}, ${SUBJECT_PLANS[result.subject].label}`,
        duration(medianMs(result) * 1000),
        operations === undefined ? NONE : operations.toLocaleString('en-US'),
        mebibytes(heapBytes),
        each,
        mebibytes(rssBytes),
      ]
    })
  return table(['', 'time', 'versions', 'held in memory', 'per version', 'process grew by'], rows)
}

export function memoryTable({ results }: Record): string[] {
  const names = ['save-64', 'get-hot'] as const
  // What Node needs to start a C program says nothing about it.
  const inNode = results.filter(({ subject }) => !subject.startsWith('files-'))
  return table(
    ['largest size of the process', 'after save-64', 'after get-hot'],
    rowsOf(names, inNode, (subject) =>
      names.map((name) => mebibytes(find(inNode, name, subject)?.peakRssBytes)),
    ),
  )
}

export function countTable({ counts }: Record): string[] {
  const rows = counts.map(({ subject, lanes, flushes, flushesPerBatch, calls, most }) => [
    `${SUBJECT_PLANS[subject].label}, ${lanes} at a time`,
    flushes.toFixed(3),
    flushesPerBatch === undefined ? NONE : flushesPerBatch.toFixed(2),
    calls.toFixed(1),
    most
      .filter(([, count]) => count >= 0.01)
      .map(([name, count]) => `${name} ${count.toFixed(2)}`)
      .join(', '),
  ])
  return table(['per save', 'flushes', 'per batch', 'system calls', 'most of them'], rows)
}

function rowsOf(
  names: readonly ScenarioName[],
  results: readonly CellResult[],
  cells: (subject: SubjectName) => readonly string[],
): string[][] {
  const present = (subject: SubjectName): boolean =>
    names.some((name) => find(results, name, subject) !== undefined)
  return SUBJECTS.filter(present).map((subject) => [
    SUBJECT_PLANS[subject].title,
    ...cells(subject),
  ])
}

function rateOf(result: CellResult | undefined): string {
  return rate(result && medianPerSecond(result))
}

function latenciesOf(result: CellResult | undefined): string {
  if (result === undefined) return NONE
  return `${duration(medianLatencyUs(result, 'p50'))} / ${duration(medianLatencyUs(result, 'p99'))}`
}
