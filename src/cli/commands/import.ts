import type { Command } from 'commander'
import { expandInputPath } from '../../disk/input-files.js'
import { importWorkflows, refusedImport, type FileImport } from '../../optimizer/import-prompts.js'
import { fileBytesMaxOption } from '../../optimizer/dify-workflow.js'
import type { WorkflowSource } from '../../optimizer/read-sources.js'
import { CliError } from '../errors.js'
import { EXIT } from '../exit-codes.js'
import { parseInteger } from '../global-options.js'
import { readInput, unreadable } from '../input.js'
import type { Output } from '../output.js'
import { createProgress } from '../progress.js'
import type { Session } from '../session.js'

const EXAMPLES = `
A prompt's id is <workflow name>_<node id>; where the node has several messages, _<message index> follows (from 0).
The template of the user's question (memory.query_prompt_template) is <workflow name>_<node id>_query.
A file that is no workflow is refused with its reason, the others are imported; the exit status is then 1.
So is an app that is not known again as the one of its name in the store: import it with --workflow-id or --same-app.

Examples:
  $ holdfast import --dir prompts flow.yml
  $ holdfast import --dir prompts --json exports/     all *.yml and *.yaml in that directory`

export function addImportCommand(program: Command, session: Session): void {
  program
    .command('import')
    .description('import the prompts of Dify workflows: each changed one becomes a new version')
    .argument('<file...>', 'exported workflows, or directories of *.yml and *.yaml')
    .option(
      '--file-bytes-max <bytes>',
      'the largest file that is read (default: 1048576)',
      parseInteger,
    )
    .option(
      '--workflow-id <id>',
      "what the prompts of the one file are filed under, not its app's name",
    )
    .option('--same-app', 'the files are new exports of the apps of their names in the store')
    .addHelpText('after', EXAMPLES)
    .action(
      async (paths: string[], options: ImportArguments) =>
        await importFiles(session, paths, options),
    )
}

interface ImportArguments {
  readonly fileBytesMax?: number
  readonly workflowId?: string
  readonly sameApp?: boolean
}

async function importFiles(
  session: Session,
  paths: readonly string[],
  options: ImportArguments,
): Promise<void> {
  checkArguments(options)
  const { sources, unread } = await readFiles(session, paths)
  if (options.workflowId !== undefined && sources.length > 1) {
    throw new CliError(
      'CLI-USAGE-001',
      `--workflow-id takes one file, got ${sources.length} of them`,
    )
  }
  const progress = createProgress(session.environment, session.output.quiet)
  await session.withNewStore(async (storage) => {
    try {
      const { signal } = session.environment
      const onProgress = progress.update
      const imported = await importWorkflows(sources, { ...options, storage, signal, onProgress })
      progress.stop()
      await report(session, [...imported, ...unread])
    } finally {
      progress.stop()
    }
  })
}

/** Wrong numbers are told before a store is made. */
function checkArguments({ fileBytesMax, workflowId }: ImportArguments): void {
  if (workflowId === '') throw new CliError('CLI-USAGE-001', '--workflow-id must not be empty')
  try {
    fileBytesMaxOption(fileBytesMax)
  } catch (cause) {
    throw new CliError('CLI-USAGE-001', `--file-bytes-max: ${(cause as Error).message}`, { cause })
  }
}

interface Input {
  readonly sources: readonly WorkflowSource[]
  /** Paths that could not be read: refused like a file that is no workflow. */
  readonly unread: readonly FileImport[]
}

/** Everything is read before the store is opened. A path that is named twice counts once. */
async function readFiles(session: Session, paths: readonly string[]): Promise<Input> {
  const sources = new Map<string, WorkflowSource>()
  const unread = new Map<string, FileImport>()
  const refuse = (file: string, error: unknown): void => {
    if (!(error instanceof CliError)) throw error
    unread.set(file, refusedImport(file, error.message))
  }
  const read = async (file: string, isNamed: boolean): Promise<void> => {
    try {
      const content = await readInput(session.environment, file, { isNamed })
      sources.set(file, { file, content })
    } catch (error) {
      // The other files of a directory are imported.
      refuse(file, error)
    }
  }
  for (const path of paths) {
    try {
      for (const file of await expandPath(path)) await read(file, file === path)
    } catch (error) {
      refuse(path, error)
    }
  }
  return { sources: [...sources.values()], unread: [...unread.values()] }
}

async function expandPath(path: string): Promise<readonly string[]> {
  if (path === '-') return [path]
  try {
    return await expandInputPath(path, ['.yml', '.yaml'])
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function report(session: Session, files: readonly FileImport[]): Promise<void> {
  const { output } = session
  const refused = files.filter((file) => file.refused !== undefined)
  if (refused.length > 0) session.exitCode = EXIT.failure
  const totals = {
    files: files.length,
    refused: refused.length,
    created: total(files, 'created'),
    updated: total(files, 'updated'),
    unchanged: total(files, 'unchanged'),
    skippedEmpty: total(files, 'skippedEmpty'),
    notImportedNodes: files.reduce((sum, file) => sum + file.notImported.length, 0),
  }
  if (output.json) return await output.document({ files, totals })
  await showTable(output, files)
  await tell(output, files)
  await output.talk(
    `${totals.created} new, ${totals.updated} changed, ${totals.unchanged} unchanged, ` +
      `${totals.skippedEmpty} empty, ${totals.refused} of ${totals.files} files refused`,
  )
}

async function showTable(output: Output, files: readonly FileImport[]): Promise<void> {
  const numbers = ['New', 'Changed', 'Unchanged', 'Empty'] as const
  await output.table(
    [{ title: 'Workflow' }, ...numbers.map((title) => ({ title, align: 'right' }) as const)],
    files
      .filter((file) => file.refused === undefined)
      .map((file) => [
        file.workflow ?? file.file,
        file.created,
        file.updated,
        file.unchanged,
        file.skippedEmpty,
      ]),
  )
}

async function tell(output: Output, files: readonly FileImport[]): Promise<void> {
  for (const file of files) {
    for (const id of file.empty) await output.talk(`empty, not stored: ${id}`)
    if (file.notImported.length > 0) await output.talk(`${file.file}: ${notImported(file)}`)
    if (file.refused !== undefined) await output.warn(`refused: ${file.refused}`)
  }
}

/** `3 nodes have texts that are not imported (2 answer, 1 template-transform)`. */
function notImported({ notImported: nodes }: FileImport): string {
  const counts = new Map<string, number>()
  for (const { node_type } of nodes) counts.set(node_type, (counts.get(node_type) ?? 0) + 1)
  const types = Array.from(counts, ([type, count]) => `${count} ${type === '' ? 'other' : type}`)
  const what = nodes.length === 1 ? '1 node has' : `${nodes.length} nodes have`
  return `${what} texts that are not imported (${types.join(', ')})`
}

type Count = 'created' | 'updated' | 'unchanged' | 'skippedEmpty'

function total(files: readonly FileImport[], count: Count): number {
  return files.reduce((sum, file) => sum + file[count], 0)
}
