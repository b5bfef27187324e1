import { Option, type Command } from 'commander'
import { expandInputPath } from '../../disk/input-files.js'
import { refusedImport, type FileImport } from '../../optimizer/identity/file-import.js'
import { importWorkflows } from '../../optimizer/identity/import-workflows.js'
import { fileBytesMaxOption } from '../../optimizer/dify-workflow.js'
import type { WorkflowSource } from '../../optimizer/identity/read-sources.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import { CliError, Interruption, EXIT } from '../errors.js'
import { checkAuthor, parseInteger } from '../global-options.js'
import { readInput, unreadable } from '../input.js'
import { createProgress, snakeCased, type Output } from '../output.js'
import { repeatable } from '../repeatable.js'
import { type Session, announceWaiting } from '../session.js'
import { withStoreOrNothing } from '../store-or-nothing.js'
import { FORMAT_NAMES, importAs, type FormatArguments } from './import-format.js'

const EXAMPLES = `
Without --format, the files are exported Dify workflows. The other formats are
described in docs/interchange.md. An import can be repeated: what is stored
already is recognised. What does not fit is reported with its place, and the
exit status is 1.

A prompt's id is <workflow name>_<node id>; where the node has several messages,
_<message index> follows (from 0). Other texts have their kind at the end, such
as _query, _instruction or _template. A prompt keeps its id when the app is
renamed, when messages are added before it, and when its node is made again.

A file that is not a workflow is refused with its reason, and so is a directory
without *.yml and *.yaml; the others are imported, and the exit status is 1.
So is an app that is not recognised as the one of its name in the store:
import it with --workflow-id or --same-app.

Examples:
  $ holdfast import --dir prompts flow.yml
  $ holdfast import --dir prompts --dry-run flow.yml
  $ holdfast import --dir prompts --json exports/     its *.yml and *.yaml
  $ holdfast import --dir prompts --format git ~/src/prompts
  $ holdfast import --dir prompts --format langfuse prompts.json --move-labels`

export function addImportCommand(program: Command, session: Session): void {
  program
    .command('import')
    .description('import the prompts of Dify workflows, or of another format, as versions')
    .argument('<file...>', 'files, directories of them, or git repositories')
    .addOption(
      new Option('--format <format>', 'what is imported (default: dify)').choices(FORMAT_NAMES),
    )
    .option(
      '--file-bytes-max <bytes>',
      'the largest file that is read (default: 1048576)',
      parseInteger,
    )
    .option(
      '--workflow-id <id>',
      "what the prompts of the one file are filed under, not its app's name",
    )
    .option('--app-id <id>', 'the id that Dify has for the app of the one file')
    .option('--optional-texts', "texts for the app's user are prompts, too: answers, openings")
    .option('--same-app', 'the files are new exports of the apps of their names in the store')
    .option('--author <name>', 'who made the versions (default: baseline)')
    .option('-n, --dry-run', 'save nothing, and tell what would be saved')
    .option('--revision <revision>', 'git: what the history ends with (default: HEAD)')
    .addOption(
      repeatable('--pattern <pattern>', 'git: files that are prompts (default: json, prompt, txt)'),
    )
    .option('--move-labels', 'labels that are at another version move; not for dify')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: ImportArguments & FormatArguments) => {
      const { format = 'dify', ...rest } = options
      if (format === 'dify') await importFiles(session, paths, difyArguments(rest))
      else await importAs(session, format, paths, rest)
    })
}

interface ImportArguments {
  readonly fileBytesMax?: number
  readonly workflowId?: string
  readonly appId?: string
  readonly optionalTexts?: boolean
  readonly sameApp?: boolean
  readonly author?: string
  readonly dryRun?: boolean
}

/** @throws CliError for a flag of the other formats */
function difyArguments(options: ImportArguments & FormatArguments): ImportArguments {
  const { revision, pattern, moveLabels, ...rest } = options
  for (const [flag, value] of Object.entries({ revision, pattern, 'move-labels': moveLabels }))
    if (value !== undefined)
      throw new CliError('CLI-USAGE-001', `--${flag} means nothing to workflows: add --format`)
  return rest
}

async function importFiles(
  session: Session,
  paths: readonly string[],
  options: ImportArguments,
): Promise<void> {
  checkArguments(options)
  const { sources, unread } = await readFiles(session, paths)
  for (const [flag, id] of Object.entries(idsOf(options)))
    if (id !== undefined && sources.length > 1)
      throw new CliError('CLI-USAGE-001', `${flag} takes one file, got ${sources.length} of them`)
  // If no file can be read, no store is made.
  if (sources.length === 0) return await report(session, unread, options)
  const imported = await importSources(session, sources, options)
  await report(session, [...imported, ...unread], options)
}

async function importSources(
  session: Session,
  sources: readonly WorkflowSource[],
  options: ImportArguments,
): Promise<readonly FileImport[]> {
  const { signal, stderr } = session.environment
  const progress = createProgress({ stderr }, session.output.quiet)
  let [saved, changes] = [0, 0]
  const onProgress = (done: number, total: number): void => {
    ;[saved, changes] = [done, total]
    progress.update(done, total)
  }
  let imported: readonly FileImport[] = []
  const work = async (storage: VersionStorage): Promise<void> => {
    imported = await importWorkflows(sources, { ...options, storage, signal, onProgress })
  }
  try {
    if (options.dryRun === true) await withStoreOrNothing(session, work)
    else await session.withNewStore(work)
  } catch (error) {
    progress.stop()
    // The saves under way have ended by now.
    if (error instanceof Interruption && changes > 0)
      await session.output.talk(`${saved} of ${changes} saved; run it again to go on`)
    throw error
  }
  progress.stop()
  return imported
}

/** Wrong numbers are reported before a store is made. */
function checkArguments(options: ImportArguments): void {
  checkAuthor(options.author)
  for (const [flag, id] of Object.entries(idsOf(options)))
    if (id === '') throw new CliError('CLI-USAGE-001', `${flag} must not be empty`)
  try {
    fileBytesMaxOption(options.fileBytesMax)
  } catch (cause) {
    throw new CliError('CLI-USAGE-001', `--file-bytes-max: ${(cause as Error).message}`, { cause })
  }
}

function idsOf({
  workflowId,
  appId,
}: ImportArguments): Readonly<Record<string, string | undefined>> {
  return { '--workflow-id': workflowId, '--app-id': appId }
}

interface Input {
  readonly sources: readonly WorkflowSource[]
  /** Paths that could not be read: refused like a file that is not a workflow. */
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
      await announceWaiting(session, file, 'a workflow')
      const content = await readInput(session.environment, file, { isNamed })
      sources.set(file, { file, content })
    } catch (error) {
      // The other files of the directory are still imported.
      refuse(file, error)
    }
  }
  for (const path of paths) {
    try {
      const files = await expandPath(path)
      if (files.length === 0) refuse(path, noWorkflows(path))
      for (const file of files) await read(file, file === path)
    } catch (error) {
      refuse(path, error)
    }
  }
  return { sources: [...sources.values()], unread: [...unread.values()] }
}

function noWorkflows(path: string): CliError {
  return new CliError('CLI-INPUT-001', `${path} is a directory without *.yml or *.yaml`)
}

async function expandPath(path: string): Promise<readonly string[]> {
  if (path === '-') return [path]
  try {
    return await expandInputPath(path, ['.yml', '.yaml'])
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function report(
  session: Session,
  files: readonly FileImport[],
  { dryRun = false }: ImportArguments,
): Promise<void> {
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
  const result = { ...(dryRun ? { dry_run: true } : {}), files, totals }
  if (output.json) return await output.document(snakeCased(result))
  await showTable(output, files)
  await tell(output, files)
  await output.talk(
    `${dryRun ? 'Nothing was saved: ' : ''}${totals.created} new, ${totals.updated} changed, ${totals.unchanged} unchanged, ` +
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
    for (const note of notesOn(file)) await output.talk(note)
    if (file.notImported.length > 0) await output.talk(`${file.file}: ${notImported(file)}`)
    if (file.refused !== undefined) await output.warn(`refused: ${file.refused}`)
  }
}

/** What is worth a line, besides the numbers. */
function notesOn(file: FileImport): readonly string[] {
  const { appName, workflow, recognisedBy, resembles } = file
  const renamed = appName !== undefined && recognisedBy !== undefined
  return [
    ...(renamed ? [`the app "${appName}" is the workflow "${workflow}" of the store`] : []),
    ...(resembles === undefined
      ? []
      : [`"${workflow}" is new, but has nodes of "${resembles}" in the store: a copy of it?`]),
    ...file.empty.map((id) => `empty, not stored: ${id}`),
    ...file.gone.map((id) => `not in the workflow any more: ${id}`),
    ...file.back.map((id) => `in the workflow again: ${id}`),
    ...file.notes.map(({ line, message }) => `${file.file}:${line}: ${message}`),
  ]
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
