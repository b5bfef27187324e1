import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chart } from '../charts/chart.js'
import { loadPeer } from '../peer.js'
import type { Record } from '../record.js'
import { compareNative, nativeTable } from './native-table.js'
import { machineLine, picture } from './report.js'
import { saveTable, shortTable } from './tables.js'
import { isMet, targetsOf, targetTable } from './targets.js'

const BEGIN = '<!-- bench:table -->'
const END = '<!-- /bench:table -->'

/** Where the pages of the repository are found by those who have only the package, which holds no results. */
export interface Addresses {
  /** Of a file of the repository, to be read. */
  readonly page: string
  /** Of a file of the repository, as it is: pictures. */
  readonly raw: string
}

/** @param repository `repository.url` of package.json */
export function addressesOf(repository: string): Addresses {
  const [, name] = /github\.com\/([^/]+\/[^/]+?)(?:\.git)?$/.exec(repository) ?? []
  if (name === undefined)
    throw new TypeError(`Expected a repository of GitHub, got '${repository}'`)
  return {
    page: `https://github.com/${name}/blob/main`,
    raw: `https://raw.githubusercontent.com/${name}/main`,
  }
}

/**
 * Writes the figures into README.md and docs/benchmarks.md, between the marks of each.
 * @param root of the repository
 * @param directory of the results, below the root
 */
export async function writeDocuments(
  root: string,
  record: Record,
  charts: readonly Chart[],
  directory: string,
): Promise<void> {
  const manifest = await readFile(join(root, 'package.json'), 'utf8')
  const { repository } = JSON.parse(manifest) as { repository: { url: string } }
  const addresses = addressesOf(repository.url)
  await writeSection(join(root, 'README.md'), readmeSection(record))
  await writeSection(
    join(root, 'docs/benchmarks.md'),
    benchmarksSection(record, charts, { addresses, directory }),
  )
}

/** @throws when the marks are missing */
async function writeSection(file: string, section: string): Promise<void> {
  const replaced = replaceSection(await readFile(file, 'utf8'), section)
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

/** What a visitor compares first. */
export function readmeSection(record: Record): string {
  const { system, node, cpus, cpu, fileSystem, at } = record.machine
  const [kind] = fileSystem.split(' ')
  return [
    ...shortTable(record),
    '',
    `Documents of 1 KiB. Measured on ${at.slice(0, 10)} on ${cpus} x ${cpu}, ${system}, Node ${node}, ${kind}: a shared virtual machine, so compare the columns; they do not show capacity.`,
  ].join('\n')
}

/** Every comparison, and the targets that were met and missed. */
export function benchmarksSection(
  record: Record,
  charts: readonly Chart[],
  { addresses, directory }: { readonly addresses: Addresses; readonly directory: string },
): string {
  const pictures = `${addresses.raw}/${directory}/charts`
  return [
    `${machineLine(record.machine)} On a shared virtual machine: compare the rows; they do not show capacity. [The whole report](${addresses.page}/${directory}/report.md) has every scenario and the settings of each subject.`,
    '',
    '### Native and pure JavaScript',
    '',
    ...picture(charts, 'native', pictures),
    ...nativeTable(compareNative(record)),
    '',
    '### Holdfast and others',
    '',
    ...picture(charts, 'saves', pictures),
    ...picture(charts, 'reads', pictures),
    ...saveTable(record),
    '',
    '### Targets met and missed',
    '',
    targetSentence(record),
    '',
    ...targetTable(targetsOf(record)),
  ].join('\n')
}

function targetSentence(record: Record): string {
  const verdicts = targetsOf(record).map(isMet)
  const measured = verdicts.filter((met) => met !== undefined)
  const met = measured.filter((one) => one).length
  return `The project has set itself ${verdicts.length} targets. This run measured ${measured.length}, met ${met} and missed ${measured.length - met}.`
}
