import type { CellResult } from '../cells/result.js'
import { scenario, type ScenarioName } from '../plan/scenarios.js'
import type { SubjectName } from '../plan/subjects.js'
import type { Record } from '../record.js'
import { duration, integer, NONE, rate, table, times } from './format.js'
import { find, medianDelayMs, medianMs, medianPerSecond, ratio } from './summary.js'

/** One line of the comparison of native code with pure JavaScript. */
export interface Comparison {
  readonly title: string
  readonly native: CellResult
  readonly portable: CellResult
  readonly floor: CellResult | undefined
  /** How many times as fast the native one is; of delays, how many times as short. */
  readonly times: number
}

const TITLES: readonly (readonly [ScenarioName, string])[] = [
  ['save-1', 'durable save, 1 at a time'],
  ['save-16', 'durable save, 16 at a time'],
  ['save-64', 'durable save, 64 at a time'],
  ['save-1024', 'durable save, 1,024 at a time'],
  ['batch-1000', 'documents in one transaction of 1,000'],
  ['get-cached', 'get, cached'],
  ['get-hot', 'get, hot'],
  ['get-cold', 'get, cold'],
  ['list-50', 'list of 50 versions, hot'],
  ['latest', 'latest version, cached'],
  ['latest-name', 'latest version by index'],
  ['file-1k', 'file of 1 KiB'],
  ['file-256k', 'file of 256 KiB'],
  ['file-4m', 'file of 4 MiB'],
  ['file-64m', 'file of 64 MiB'],
  ['open-20000', 'open 20,000 versions'],
  ['open-500000', 'open 500,000 versions'],
  ['recover-8m', 'recovery of a journal of 8 MiB'],
  ['delay-64', 'event-loop delay p99.9, 64 at a time'],
]

export function compareNative({ results }: Record): readonly Comparison[] {
  return TITLES.flatMap(([name, title]) => {
    const [own, other, bare] = subjectsOf(name)
    const native = find(results, name, own)
    const portable = find(results, name, other)
    if (native === undefined || portable === undefined) return []
    const floor = find(results, name, bare)
    return [{ title, native, portable, floor, times: gain(native, portable) }]
  })
}

export function nativeTable(comparisons: readonly Comparison[]): string[] {
  const rows = comparisons.map(({ title, native, portable, floor, times: gained }) => [
    title,
    shown(native),
    shown(portable),
    `**${times(gained)}**`,
    floor === undefined ? NONE : shown(floor),
  ])
  return table(['', 'native', 'pure JavaScript', 'native is', 'nothing but the calls'], rows)
}

/** Files are kept by directories. The calls alone are made in C, or where there is no C program, by node:fs. */
function subjectsOf(name: ScenarioName): readonly [SubjectName, SubjectName, SubjectName] {
  const { kind } = scenario(name).work
  if (kind === 'file') return ['directory-native', 'directory-portable', 'raw-floor']
  return ['storage-native', 'storage-portable', kind === 'read' ? 'raw-floor' : 'files-floor']
}

function gain(native: CellResult, portable: CellResult): number {
  const { kind } = scenario(native.scenario).work
  if (kind === 'open' || kind === 'recover') return medianMs(portable) / medianMs(native)
  return kind === 'loop-delay' ? delayOf(portable) / delayOf(native) : ratio(native, portable)
}

function shown(result: CellResult): string {
  const { work } = scenario(result.scenario)
  if (work.kind === 'open' || work.kind === 'recover') return duration(medianMs(result) * 1000)
  if (work.kind === 'loop-delay') return duration(delayOf(result) * 1000)
  const perSecond = medianPerSecond(result)
  return work.kind === 'file'
    ? `${integer((perSecond * work.bytes) / 1024 ** 2)} MiB/s`
    : rate(perSecond)
}

/** In ms. */
function delayOf(result: CellResult): number {
  return medianDelayMs(result, 'p999') ?? Number.NaN
}
