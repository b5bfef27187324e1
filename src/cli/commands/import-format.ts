import { counted } from '../counted.js'
import { collectItems, importItems, type ImportReport } from '../../interchange/import-prompts.js'
import { FORMATS, type Format } from '../../interchange/read-items.js'
import { CliError, EXIT, Interruption } from '../errors.js'
import type { Store } from '../open-store.js'
import { createProgress, type Output } from '../output.js'
import { protectedLabelsOf } from '../registry.js'
import { given } from '../repeatable.js'
import type { Session } from '../session.js'
import { withStoreOrNothing } from '../store-or-nothing.js'

/** The formats of `import`. */
export const FORMAT_NAMES: readonly ('dify' | Format)[] = ['dify', ...FORMATS]

/** The flags of the formats other than workflows. */
export interface FormatArguments {
  readonly format?: 'dify' | Format
  readonly revision?: string
  readonly pattern?: readonly string[]
  readonly moveLabels?: boolean
  readonly dryRun?: boolean
}

/** Imports files of a format other than workflows. Everything is read before a store is made. */
export async function importAs(
  session: Session,
  format: Format,
  paths: readonly string[],
  options: FormatArguments,
): Promise<void> {
  checkFlags(format, options)
  const { signal } = session.environment
  const { revision, pattern: patterns, moveLabels, dryRun } = options
  const items = await collectItems({
    format,
    from: paths,
    signal,
    ...given({ revision, patterns }),
  })
  const progress = createProgress(session.environment, session.output.quiet)
  let done = 0
  let total = 0
  const onProgress = (...counts: readonly [number, number]): void => {
    ;[done, total] = counts
    progress.update(done, total)
  }
  let report: ImportReport = {
    items: [],
    totals: { created: 0, unchanged: 0, skipped: 0, refused: 0 },
  }
  const work = async (storage: Store): Promise<void> => {
    const protectedLabels = protectedLabelsOf(session)
    const rules = given({ moveLabels, dryRun })
    report = await importItems(items, { storage, protectedLabels, signal, onProgress, ...rules })
  }
  try {
    const hasVersions = items.some(({ kind }) => kind === 'version')
    if (dryRun === true || !hasVersions) await withStoreOrNothing(session, work)
    else await session.withNewStore(work)
  } catch (error) {
    progress.stop()
    if (error instanceof Interruption && total > 0)
      await session.output.talk(
        `${done} of ${counted(total, 'prompt')} imported; run it again to go on`,
      )
    throw error
  }
  progress.stop()
  await show(session, report, dryRun === true)
}

const DIFY_FLAGS = ['fileBytesMax', 'workflowId', 'appId', 'optionalTexts', 'sameApp', 'author']

function checkFlags(format: Format, options: FormatArguments): void {
  const flag = DIFY_FLAGS.find((name) => Reflect.get(options, name) !== undefined)
  if (flag !== undefined)
    throw new CliError('CLI-USAGE-001', `${flagOf(flag)} is for workflows, and not for ${format}`)
  for (const name of ['revision', 'pattern'] as const)
    if (options[name] !== undefined && format !== 'git')
      throw new CliError('CLI-USAGE-001', `${flagOf(name)} is for git, and not for ${format}`)
}

function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

async function show(session: Session, report: ImportReport, isDry: boolean): Promise<void> {
  const { output } = session
  const { created, unchanged, skipped, refused } = report.totals
  if (refused > 0) session.exitCode = EXIT.failure
  if (output.json) return await output.document({ ...(isDry ? { dry_run: true } : {}), ...report })
  await showPrompts(output, report)
  for (const { place, outcome, reason = '', notes = [] } of report.items) {
    if (outcome === 'refused') await output.warn(`refused: ${place}: ${reason}`)
    if (outcome === 'skipped') await output.talk(`skipped: ${place}: ${reason}`)
    for (const note of notes) await output.talk(`${place}: ${note}`)
  }
  await output.talk(
    `${isDry ? 'Nothing was saved: ' : ''}${created} new, ${unchanged} unchanged, ` +
      `${skipped} skipped, ${refused} refused`,
  )
}

async function showPrompts(output: Output, { items }: ImportReport): Promise<void> {
  const prompts = new Map<string, { created: number; unchanged: number; version: string }>()
  for (const { prompt_id: id, outcome, version = '' } of items) {
    if (id === undefined || outcome === 'skipped' || outcome === 'refused') continue
    const prompt = prompts.get(id) ?? { created: 0, unchanged: 0, version }
    prompt[outcome]++
    prompts.set(id, { ...prompt, version })
  }
  await output.table(
    [
      { title: 'Prompt' },
      { title: 'New', align: 'right' },
      { title: 'Unchanged', align: 'right' },
      { title: 'Version' },
    ],
    Array.from(prompts, ([id, { created, unchanged, version }]) => [
      id,
      created,
      unchanged,
      version,
    ]),
  )
}
