import { readFile, writeFile } from 'node:fs/promises'
import type { Chart } from '../charts/chart.js'
import { loadPeer } from '../peer.js'
import type { Record } from '../record.js'
import { compareNative, nativeTable } from './native-table.js'
import { machineLine, picture } from './report.js'
import { saveTable } from './tables.js'
import { isMet, targetsOf } from './targets.js'

const BEGIN = '<!-- bench:table -->'
const END = '<!-- /bench:table -->'
const CHARTS = ['native', 'saves', 'reads']

/** Replaces what stands between the two marks. @throws when they are not there */
export async function writeReadme(
  file: string,
  record: Record,
  charts: readonly Chart[],
  directory: string,
): Promise<void> {
  const text = await readFile(file, 'utf8')
  const replaced = replaceSection(text, sectionOf(record, charts, directory))
  const { format, resolveConfig } = await loadPeer<PrettierModule>('prettier')
  const config = await resolveConfig(file)
  await writeFile(file, await format(replaced, { ...config, filepath: file }))
}

interface PrettierModule {
  format(text: string, options: object): Promise<string>
  resolveConfig(file: string): Promise<object | null>
}

export function replaceSection(text: string, section: string): string {
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`Expected '${BEGIN}' and then '${END}' in it`)
  return `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`
}

/** @param directory of the report, as README.md links to it */
export function sectionOf(record: Record, charts: readonly Chart[], directory: string): string {
  const [native = '', ...others] = CHARTS
  return [
    ...picture(charts, native, `${directory}/charts`),
    ...nativeTable(compareNative(record)),
    '',
    ...others.flatMap((id) => picture(charts, id, `${directory}/charts`)),
    ...saveTable(record),
    '',
    `${machineLine(record.machine)} A shared virtual machine: compare rows, and do not take them for capacity.`,
    '',
    targetSentence(record),
    '',
    `[The whole report](${directory}/report.md) has every scenario, the settings of each subject and the targets. [How it is measured](docs/benchmarks.md).`,
  ].join('\n')
}

function targetSentence(record: Record): string {
  const targets = targetsOf(record)
  const verdicts = targets.map(isMet)
  const measured = verdicts.filter((met) => met !== undefined)
  const met = measured.filter((one) => one).length
  const missed = targets.flatMap((target, at) =>
    verdicts[at] === false && target.reached !== undefined
      ? `${target.title} (${target.show(target.reached)}, ${target.bound} ${target.show(target.value)} asked for)`
      : [],
  )
  const misses = missed.length === 0 ? '' : ` Missed: ${missed.join('; ')}.`
  return `Of the ${measured.length} targets that the project has set itself, ${met} are met.${misses}`
}
