import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chart } from '../charts/chart.js'
import type { Machine } from '../machine.js'
import { SCENARIO_NAMES, scenario, type ScenarioName, type Work } from '../plan/scenarios.js'
import { SUBJECT_PLANS, SUBJECTS } from '../plan/subjects.js'
import type { Record } from '../record.js'
import { boundsOf } from './bounds.js'
import { compareNative, nativeTable } from './native-table.js'
import {
  countTable,
  delayTable,
  fileTable,
  groupTable,
  memoryTable,
  openTable,
  rateTable,
  saveTable,
  sizeTable,
} from './tables.js'
import { targetsOf, targetTable } from './targets.js'

interface Section {
  readonly title: string
  /** Ids of the charts above the table. */
  readonly charts: readonly string[]
  readonly lines: readonly string[]
}

/** Writes `report.md` beside the samples. Returns its text. */
export async function writeReport(
  record: Record,
  charts: readonly Chart[],
  directory: string,
): Promise<string> {
  const text = reportOf(record, charts)
  await writeFile(join(directory, 'report.md'), text)
  return text
}

/** Everything that a run says, as Markdown. The charts are in `charts/` beside it. */
export function reportOf(record: Record, charts: readonly Chart[]): string {
  const sections = sectionsOf(record).filter(({ lines }) => lines.length > HEAD_LINES)
  return [
    '# Benchmarks of Holdfast',
    '',
    machineLine(record.machine),
    '',
    ...sections.flatMap(({ title, charts: ids, lines }) => [
      `## ${title}`,
      '',
      ...ids.flatMap((id) => picture(charts, id, 'charts')),
      ...lines,
      '',
    ]),
    '## Settings',
    '',
    ...settingLines(record),
    '',
    ...noteLines(record),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

/** Of a table without rows. */
const HEAD_LINES = 2

function sectionsOf(record: Record): readonly Section[] {
  const curve = SCENARIO_NAMES.filter((name) => {
    const { group, work } = scenario(name)
    return group === 'saves' && work.kind === 'save'
  })
  return [
    {
      title: 'Native against pure JavaScript',
      charts: ['native'],
      lines: nativeTable(compareNative(record)),
    },
    { title: 'Targets', charts: [], lines: targetTable(targetsOf(record)) },
    { title: 'Upper bounds', charts: [], lines: targetTable(boundsOf(record)) },
    { title: 'Durable saves', charts: ['saves', 'latency', 'batches'], lines: saveTable(record) },
    {
      title: 'Saves over callers and processes',
      charts: ['concurrency', 'processes'],
      lines: rateTable('durable saves', curve, record),
    },
    { title: 'Saves over the size of the store', charts: ['sizes'], lines: sizeTable(record) },
    { title: 'Reads', charts: ['reads', 'lists'], lines: groupTable('reads', 'reads', record) },
    { title: 'Cold reads', charts: [], lines: groupTable('page cache dropped', 'cold', record) },
    {
      title: 'Files written',
      charts: ['files'],
      lines: fileTable('whole files', namesOfKind('file'), record),
    },
    {
      title: 'Files read',
      charts: [],
      lines: fileTable('whole files, page cache', namesOfKind('file-read'), record),
    },
    { title: 'Event loop', charts: ['delay'], lines: delayTable(record) },
    { title: 'Opening, recovery, memory', charts: ['opening'], lines: openTable(record) },
    { title: 'Memory of the process', charts: [], lines: memoryTable(record) },
    { title: 'System calls', charts: ['syscalls'], lines: countTable(record) },
  ]
}

function namesOfKind(kind: Work['kind']): readonly ScenarioName[] {
  return SCENARIO_NAMES.filter((name) => scenario(name).work.kind === kind)
}

export function machineLine(machine: Record['machine']): string {
  const { at, minutes, quick } = machine
  const length = quick ? 'A quick run' : 'A full run'
  return `${length} of ${minutes.toFixed(0)} minutes, ${at.slice(0, 16).replace('T', ' ')} UTC, on ${hardware(machine)}.`
}

function hardware({ cpu, cpus, memoryGib, system, node, fileSystem, load }: Machine): string {
  return `${cpus} x ${cpu}, ${memoryGib} GiB, ${system}, Node ${node}, ${fileSystem}; load before the run ${load}`
}

export function picture(charts: readonly Chart[], id: string, directory: string): string[] {
  const chart = charts.find((one) => one.id === id)
  return chart === undefined ? [] : [`![${chart.description}](${directory}/${id}.png)`, '']
}

/** Once a subject: settings are the same in all scenarios except those of a fleet or a kill. */
function settingLines({ results }: Record): string[] {
  return SUBJECTS.flatMap((subject) => {
    const own = results.filter((result) => result.subject === subject)
    const general = own.find(({ scenario: name }) => isPlain(name))
    if (general === undefined) return []
    const { title, acknowledged } = SUBJECT_PLANS[subject]
    return [`- ${title}: ${general.settings}. An acknowledged save: ${acknowledged}.`]
  })
}

function isPlain(name: ScenarioName): boolean {
  const { work } = scenario(name)
  return (
    work.kind !== 'open' && work.kind !== 'recover' && !(work.kind === 'save' && work.processes > 1)
  )
}

function noteLines({ notes }: Record): string[] {
  return notes.length === 0 ? [] : ['## Left out', '', ...notes.map((note) => `- ${note}`)]
}
