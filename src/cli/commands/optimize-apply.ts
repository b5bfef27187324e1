import { basename } from 'node:path'
import type { Command } from 'commander'
import type { DifyFile } from '../../dify/workflow/dify-file.js'
import { importWorkflows, type ImportOptions } from '../../optimizer/identity/import-workflows.js'
import type { WorkflowSource } from '../../optimizer/identity/read-sources.js'
import { verdictText } from '../../optimizer/reports/report-facts.js'
import { applyRun } from '../../optimizer/run/apply-run.js'
import { reportOfRun } from '../../optimizer/run/optimizer-run.js'
import type { RunReport } from '../../optimizer/run/run-report.js'
import { RunRecords } from '../../optimizer/run/run-records.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import { counted } from '../counted.js'
import { CliError, EXIT } from '../errors.js'
import { checkAuthor } from '../global-options.js'
import { confirm } from '../input.js'
import { printableContent } from '../printable.js'
import { replaceFile } from '../replace-file.js'
import type { Session } from '../session.js'
import { readWorkflowFile } from '../workflow-files.js'

const EXAMPLES = `
The difference is shown first, and you are asked; without a terminal, --yes is
needed. Only the texts change: every other byte of the file stays. The file may
have changed since the run began, but not these texts. Before and after, the
prompts of the file are saved as versions in the store: the new texts with the
author, the run and its algorithm.

Examples:
  $ holdfast optimize apply shop-1f3a90bc --dir prompts --dry-run
  $ holdfast optimize apply shop-1f3a90bc --dir prompts --file flow.yml --yes`

interface ApplyArguments {
  readonly file?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly unproven?: boolean
  readonly workflowId?: string
  readonly sameApp?: boolean
  readonly author?: string
}

export function addApplyCommand(optimize: Command, session: Session): void {
  optimize
    .command('apply')
    .description('put the proven texts of a run into the file of the workflow')
    .argument('<run>', 'the name of the run')
    .option('--file <file>', 'the file of Dify (default: the one that the run began with)')
    .option('-y, --yes', 'do not ask')
    .option('-n, --dry-run', 'show the difference, and write nothing')
    .option('--unproven', 'also if no gain is proven')
    .option('--workflow-id <id>', 'what the prompts of the file are filed under in the store')
    .option('--same-app', 'a file at another place is the app of its name in the store')
    .option('--author <name>', 'who made the new versions (default: optimizer)')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: ApplyArguments) => {
      await session.withStore(async (storage) => await apply(session, storage, name, options))
    })
}

async function apply(
  session: Session,
  storage: VersionStorage,
  name: string,
  options: ApplyArguments,
): Promise<void> {
  const { output, environment } = session
  checkAuthor(options.author)
  if (options.file === '-')
    throw new CliError('CLI-USAGE-001', 'The standard input cannot be changed: name a file')
  const report = await reportOfRun(name, storage)
  const path = options.file ?? (await new RunRecords(storage).definition(name)).file
  const file = await fileOf(session, path, options.file)
  if (report.verdict !== 'gain' && options.unproven !== true)
    throw new CliError(
      'CLI-USAGE-001',
      `The run ${name} has no proven gain (${report.verdict}): pass --unproven to apply it all the same`,
    )
  const { bytes, diff, edits, present } = applyRun(report, file, { unproven: true })
  if (!output.json) await output.data(printableContent(diff))
  const isChanged = edits.length > 0
  const isWritten =
    isChanged &&
    options.dryRun !== true &&
    (options.yes === true || (await confirm(environment, `Change ${path}?`)))
  const versions = isWritten
    ? await written(storage, { path, before: file.bytes, after: bytes, report }, options)
    : []
  if (isChanged && !isWritten && options.dryRun !== true) session.exitCode = EXIT.failure
  if (output.json)
    return await output.document({
      run: name,
      file: path,
      written: isWritten,
      edits,
      present,
      diff,
      versions,
    })
  await output.say(
    isWritten
      ? `${counted(edits.length, 'text')} of ${basename(path)} changed; saved: ${versions.map(({ prompt_id: id, version }) => `${id} ${version}`).join(', ')}`
      : isChanged
        ? 'Nothing was written'
        : 'The file has these texts already',
  )
}

/** @throws CliError that says, of the file that the run began with, how another one is named */
async function fileOf(
  session: Session,
  path: string,
  given: string | undefined,
): Promise<DifyFile> {
  try {
    return await readWorkflowFile(session, path)
  } catch (cause) {
    if (given !== undefined || !(cause instanceof CliError)) throw cause
    throw new CliError(cause.code, `${cause.message}; --file names it if it is elsewhere`, {
      context: cause.context,
      cause,
    })
  }
}

interface Change {
  readonly path: string
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly report: RunReport
}

type Filed = Pick<ApplyArguments, 'workflowId' | 'sameApp'>

/**
 * The versions before are saved first, so that the store has them whatever happens: as those of an import. The new ones
 * say what made them.
 */
async function written(
  storage: VersionStorage,
  { path, before, after, report }: Change,
  { author = 'optimizer', ...filed }: Pick<ApplyArguments, 'author'> & Filed,
): Promise<readonly { readonly prompt_id: string; readonly version: string | null }[]> {
  await saved(storage, { file: path, content: before }, filed)
  await replaceFile(path, before, after)
  const metadata = {
    strategy: report.plan.algorithm,
    run: report.run,
    message: `Run ${report.run}: ${verdictText(report)}`,
  }
  return await saved(storage, { file: path, content: after }, { ...filed, author, metadata })
}

async function saved(
  storage: VersionStorage,
  source: WorkflowSource,
  { workflowId, sameApp, author, metadata }: Filed & Pick<ImportOptions, 'author' | 'metadata'>,
): Promise<readonly { readonly prompt_id: string; readonly version: string | null }[]> {
  const [imported] = await importWorkflows([source], {
    storage,
    workflowId,
    sameApp,
    author,
    metadata,
  })
  if (imported?.refused !== undefined)
    throw new CliError(
      'CLI-INPUT-001',
      `The versions of ${source.file} cannot be saved: ${imported.refused}`,
    )
  return (imported?.prompts ?? [])
    .filter(({ outcome }) => outcome === 'updated')
    .map(({ prompt_id, version }) => ({ prompt_id, version: version ?? null }))
}
