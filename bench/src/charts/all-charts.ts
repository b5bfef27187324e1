import type { CellResult } from '../cells/result.js'
import type { Quantiles } from '../plan/sample.js'
import { SCENARIO_NAMES, scenario, type ScenarioName } from '../plan/scenarios.js'
import { SUBJECT_PLANS } from '../plan/subjects.js'
import type { Record } from '../record.js'
import { duration, integer, rate, times } from '../report/format.js'
import { compareNative } from '../report/native-table.js'
import { medianDelayMs, medianLatencyUs, medianMs, medianPerSecond } from '../report/summary.js'
import { bars } from './bars.js'
import type { Chart } from './chart.js'
import { dots, type Dot } from './dots.js'
import { lines, type LinePoint } from './lines.js'

type Panels = readonly (readonly [ScenarioName, string])[]

const NATIVE = SUBJECT_PLANS['storage-native'].colour
const PARTS: readonly (readonly [keyof Quantiles, string])[] = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
  ['max', 'longest'],
]

/** The charts that this run has something for. */
export function allCharts(record: Record): readonly Chart[] {
  return [
    ...nativeChart(record),
    ...rateDots(record, 'saves', 'Durable saves of 1 KiB documents', [
      ['save-1', '1 at a time'],
      ['save-64', '64 at a time'],
    ]),
    ...latencyChart(record),
    ...concurrencyChart(record),
    ...rateDots(record, 'batches', 'One transaction of 1,000 documents', [
      ['batch-1000', 'documents'],
    ]),
    ...rateDots(
      record,
      'processes',
      'One process and four',
      [
        ['save-64', '1 process, 64 at a time'],
        ['save-4x16', '4 processes, 16 at a time each'],
      ],
      ['storage-native', 'better-sqlite3', 'lmdb'],
    ),
    ...sizeChart(record),
    ...rateDots(record, 'reads', 'Reads of 1 KiB documents, parsed', [
      ['get-cached', 'in the own cache'],
      ['get-hot', 'in the page cache'],
      ['get-cold', 'on the disk'],
    ]),
    ...rateDots(record, 'lists', 'Lists and latest versions', [
      ['list-50', 'list of 50, hot'],
      ['latest', 'latest, cached'],
      ['latest-name', 'latest by index'],
    ]),
    ...fileChart(record),
    ...delayChart(record),
    ...openChart(record),
    ...countChart(record),
  ]
}

function nativeChart(record: Record): Chart[] {
  const rows = compareNative(record)
  return chart(
    'native',
    'Native against pure JavaScript',
    'How many times as fast the native disk is as the pure JavaScript one, by scenario',
    rows,
    () =>
      bars(
        rows.map(({ title, times: gain }) => ({
          name: title,
          value: gain,
          text: times(gain),
          colour: NATIVE,
        })),
        'times as fast as pure JavaScript (delay: as short)',
      ),
  )
}

function rateDots(
  { results }: Record,
  id: string,
  title: string,
  panels: Panels,
  only?: readonly string[],
): Chart[] {
  const all = panels.flatMap(([name, panel]) =>
    of(results, name)
      .filter(({ subject }) => only === undefined || only.includes(subject))
      .map((result): Dot => {
        const value = medianPerSecond(result)
        return { panel, subject: result.subject, value, text: rate(value) }
      }),
  )
  return chart(id, title, `${title}: operations a second, more is better`, all, () =>
    dots(all, { below: 'per second, logarithmic', shared: id !== 'lists' }),
  )
}

function latencyChart({ results }: Record): Chart[] {
  const points = of(results, 'save-1').flatMap((result) =>
    PARTS.flatMap(([part, at]): LinePoint[] => {
      const value = medianLatencyUs(result, part)
      return value === undefined ? [] : [{ subject: result.subject, at, value: value / 1000 }]
    }),
  )
  const title = 'Time of a durable save, 1 at a time'
  return chart('latency', title, `${title}: quantiles, less is better`, points, () =>
    lines(points, { below: 'share of the saves', beside: 'ms, logarithmic', format: ',~g' }),
  )
}

function concurrencyChart({ results }: Record): Chart[] {
  const names = SCENARIO_NAMES.filter((name) => {
    const { group, work } = scenario(name)
    return group === 'saves' && work.kind === 'save' && work.processes === 1
  })
  const points = names.flatMap((name) =>
    of(results, name).map((result): LinePoint => {
      const at = name.slice('save-'.length)
      return { subject: result.subject, at, value: medianPerSecond(result) }
    }),
  )
  // Only who was measured at more than the two points that all have.
  const measured = points.filter(
    ({ subject }) => points.filter((point) => point.subject === subject).length > 2,
  )
  const title = 'Durable saves a second over callers'
  return chart('concurrency', title, `${title}, more is better`, measured, () =>
    lines(measured, {
      below: 'saves at a time',
      beside: 'saves per second, logarithmic',
      format: '~s',
    }),
  )
}

function sizeChart({ results }: Record): Chart[] {
  const names = SCENARIO_NAMES.filter((name) => scenario(name).group === 'sizes')
  const points = names.flatMap((name) =>
    of(results, name).map((result): LinePoint => {
      const at = Number(name.slice('save-in-'.length)).toLocaleString('en-US')
      return {
        subject: result.subject,
        at,
        value: (medianLatencyUs(result, 'p50') ?? Number.NaN) / 1000,
      }
    }),
  )
  const title = 'Time of a save over the size of the store'
  return chart('sizes', title, `${title}: p50, flat is good`, points, () =>
    lines(points, {
      below: 'versions in the store',
      beside: 'ms, p50, logarithmic',
      format: ',~g',
    }),
  )
}

function fileChart({ results }: Record): Chart[] {
  const points = SCENARIO_NAMES.flatMap((name) => {
    const { title, work } = scenario(name)
    if (work.kind !== 'file') return []
    return of(results, name).map((result): LinePoint => {
      const value = (medianPerSecond(result) * work.bytes) / 1024 ** 2
      return { subject: result.subject, at: title.slice('file of '.length), value }
    })
  })
  const title = 'Writes of whole files, flushed or not'
  return chart(
    'files',
    title,
    `${title}: MiB a second over their size, more is better`,
    points,
    () => lines(points, { below: 'size of the file', beside: 'MiB/s, logarithmic', format: ',~g' }),
  )
}

function delayChart({ results }: Record): Chart[] {
  const all = of(results, 'delay-64').flatMap((result) =>
    (['p99', 'p999'] as const).flatMap((part): Dot[] => {
      const ms = medianDelayMs(result, part)
      if (ms === undefined) return []
      const panel = part === 'p99' ? 'p99' : 'p99.9'
      // A delay below the clock's steps has no logarithm.
      return [
        { panel, subject: result.subject, value: Math.max(ms, 0.01), text: duration(ms * 1000) },
      ]
    }),
  )
  const title = 'Delay of the event loop, 64 saves at a time'
  return chart('delay', title, `${title}: ms, less is better`, all, () =>
    dots(all, { below: 'ms, logarithmic', format: ',~g' }),
  )
}

function openChart({ results }: Record): Chart[] {
  const rows = SCENARIO_NAMES.filter((name) => ['opens', 'recovery'].includes(scenario(name).group))
    .flatMap((name) => of(results, name))
    .map((result) => ({
      name: `${scenario(result.scenario).title}, ${result.subject === 'storage-native' ? 'native' : 'pure JS'}`,
      value: medianMs(result) / 1000,
      text: duration(medianMs(result) * 1000),
      colour: SUBJECT_PLANS[result.subject].colour,
    }))
  const title = 'Opening and recovery'
  return chart('opening', title, `${title}: seconds, less is better`, rows, () =>
    bars(rows, 'seconds'),
  )
}

function countChart({ counts }: Record): Chart[] {
  const all = counts.flatMap(({ subject, lanes, calls }): Dot[] => {
    const text = calls < 10 ? calls.toFixed(1) : integer(calls)
    // Nothing has no logarithm; the table shows it.
    return calls > 0 ? [{ panel: `${lanes} at a time`, subject, value: calls, text }] : []
  })
  const title = 'System calls of a save'
  return chart('syscalls', title, `${title}, less is better`, all, () =>
    dots(all, { below: 'calls per save, logarithmic', format: ',~g' }),
  )
}

function of(results: readonly CellResult[], name: ScenarioName): readonly CellResult[] {
  return results.filter((result) => result.scenario === name)
}

function chart(
  id: string,
  title: string,
  description: string,
  rows: readonly unknown[],
  spec: () => object,
): Chart[] {
  return rows.length === 0 ? [] : [{ id, title, description, spec: spec() }]
}
