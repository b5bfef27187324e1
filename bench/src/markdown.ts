import type { Machine } from './machine.js'
import { SUBJECT_TITLES, SUBJECTS, type Scenario, type SubjectName } from './plan.js'
import {
  find,
  median,
  medianPerSecond,
  ratio,
  sustainedPerSecond,
  type CellResult,
} from './summary.js'
import type { SyscallCount } from './syscalls.js'

const YARDSTICK: SubjectName = 'write-file-atomic'

/** What the project asks of itself, as multiples of write-file-atomic in the same run. */
const TARGETS: readonly {
  readonly scenario: Scenario
  readonly name: string
  readonly least: number
}[] = [
  { scenario: 'save-one', name: 'one at a time', least: 5 },
  { scenario: 'save-64', name: '64 at a time', least: 8 },
]

/** Everything that is known after a run, as Markdown. */
export function report(
  machine: Machine,
  results: readonly CellResult[],
  counts: readonly SyscallCount[],
  notes: readonly string[],
): string {
  return [
    machineLine(machine),
    '',
    ...saveTable(results),
    '',
    ...readTable(results),
    '',
    ...(counts.length === 0 ? [] : [...countTable(counts), '']),
    ...targetLines(results),
    '',
    ...settingLines(results),
    ...notes.map((note) => `- Note: ${note}`),
  ].join('\n')
}

function machineLine({ cpu, cpus, memoryGib, system, node, fileSystem, load }: Machine): string {
  return `${cpus} x ${cpu}, ${memoryGib} GiB, ${system}, Node ${node}, ${fileSystem}; load before the run ${load}`
}

function saveTable(results: readonly CellResult[]): string[] {
  const rows = SUBJECTS.flatMap((subject) => {
    const one = find(results, 'save-one', subject)
    const many = find(results, 'save-64', subject)
    if (one === undefined && many === undefined) return []
    return [
      row([
        SUBJECT_TITLES[subject],
        rate(one),
        latency(one),
        times(one, results),
        rate(many),
        times(many, results),
        many === undefined ? NONE : `${integer(sustainedPerSecond(many))}/s`,
      ]),
    ]
  })
  return table(
    [
      'durable save of a 1 KiB document',
      '1 at a time',
      'p50 / p99',
      `x ${YARDSTICK}`,
      '64 at a time',
      `x ${YARDSTICK}`,
      '64, closing included',
    ],
    rows,
  )
}

function readTable(results: readonly CellResult[]): string[] {
  const rows = SUBJECTS.flatMap((subject) => {
    const cached = find(results, 'get-cached', subject)
    const hot = find(results, 'get-hot', subject)
    if (cached === undefined && hot === undefined) return []
    return [row([SUBJECT_TITLES[subject], rate(cached), rate(hot)])]
  })
  return table(['read of a 1 KiB document, parsed', 'own cache', 'page cache'], rows)
}

function countTable(counts: readonly SyscallCount[]): string[] {
  const rows = counts.map(({ lanes, flushes, calls, most }) =>
    row([
      `${SUBJECT_TITLES['storage-native']}, ${lanes} at a time`,
      flushes.toFixed(3),
      calls.toFixed(1),
      most.map(([name, count]) => `${name} ${count.toFixed(2)}`).join(', '),
    ]),
  )
  return table(['per save', 'flushes', 'system calls', 'most of them'], rows)
}

function targetLines(results: readonly CellResult[]): string[] {
  return TARGETS.map(({ scenario, name, least }) => {
    const result = find(results, scenario, 'storage-native')
    const yardstick = find(results, scenario, YARDSTICK)
    const target = `- Target, ${name}: at least ${least} x ${YARDSTICK}`
    if (result === undefined || yardstick === undefined) return `${target}: not measured`
    const reached = ratio(result, yardstick)
    return `${target}: ${reached >= least ? 'met' : 'MISSED'} with ${reached.toFixed(1)}`
  })
}

function settingLines(results: readonly CellResult[]): string[] {
  const lines = results.map(({ subject, settings }) => `- ${SUBJECT_TITLES[subject]}: ${settings}`)
  return [...new Set(lines)]
}

const NONE = '-'

function rate(result: CellResult | undefined): string {
  return result === undefined ? NONE : `${integer(medianPerSecond(result))}/s`
}

function latency(result: CellResult | undefined): string {
  if (result === undefined) return NONE
  const p50 = median(result.samples.map(({ p50Us }) => p50Us ?? Number.NaN))
  const p99 = median(result.samples.map(({ p99Us }) => p99Us ?? Number.NaN))
  return `${integer(p50)} / ${integer(p99)} µs`
}

function times(result: CellResult | undefined, results: readonly CellResult[]): string {
  const yardstick = result && find(results, result.scenario, YARDSTICK)
  return yardstick === undefined || result === undefined
    ? NONE
    : ratio(result, yardstick).toFixed(1)
}

/** Three digits are more than such a measurement can tell apart. */
function integer(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 0 })
}

function table(head: readonly string[], rows: readonly string[]): string[] {
  return [row(head), row(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows]
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
