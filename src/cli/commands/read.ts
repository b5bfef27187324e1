import { Option, type Command } from 'commander'
import { readSummaries } from '../../versions/registry/storage-reads.js'
import { wholeText } from '../../versions/prompts/prompt.js'
import type { VersionSummary } from '../../versions/version-summaries.js'
import { asAsked, asOfTime, asOfUndated, type AsOfArguments, type ReadStore } from '../as-of.js'
import { CliError } from '../errors.js'
import {
  findVersion,
  notFoundIn,
  readVersion,
  VERSION_ARGUMENT,
  versionNotFoundIn,
  type GivenVersion,
} from '../version-reference.js'
import type { FileSystemStorage } from '../../versions/file-system/file-system-storage.js'
import { pathOf } from '../version-path.js'
import type { Session } from '../session.js'
import { checkForm, ndjsonOption, parseInteger } from '../global-options.js'
import { printable } from '../printable.js'
import { given } from '../repeatable.js'

const GET_EXAMPLES = `
Examples:
  $ holdfast get --dir prompts my-flow_llm            the latest version
  $ holdfast get --dir prompts my-flow_llm 1.0.2
  $ holdfast get --dir prompts my-flow_llm@^1.0       the highest of a range
  $ holdfast get --dir prompts my-flow_llm@production
  $ holdfast get --dir prompts my-flow_llm --text > prompt.txt
  $ holdfast get --dir prompts my-flow_llm@production --as-of 2026-11-21T08:00Z`

interface GetOptions extends AsOfArguments {
  readonly raw?: boolean
  readonly text?: boolean
}

export function addGetCommand(program: Command, session: Session): void {
  program
    .command('get')
    .description('print a stored version as a JSON document')
    .argument('<prompt-id>')
    .argument('[version]', VERSION_ARGUMENT)
    .option('--raw', 'the bytes of the file as they are, checksum included')
    .addOption(new Option('--text', 'only the text of the prompt').conflicts('raw'))
    .addOption(asOfTime().conflicts('raw'))
    .addOption(asOfUndated())
    .addHelpText('after', GET_EXAMPLES)
    .action(async (promptId: string, wanted: string | undefined, options: GetOptions) => {
      const partial = options.raw === true || options.text === true
      if (session.output.json && partial) {
        throw new CliError(
          'CLI-USAGE-001',
          '--json prints the document: leave out --raw and --text',
        )
      }
      if (options.raw === true) {
        return await session.withFileStore('get --raw', async (store) => {
          await session.output.content([await rawFile(store, { promptId, wanted })])
        })
      }
      await session.withStore(async (store) => {
        const document = await readVersion(asAsked(store, options), { promptId, wanted })
        if (options.text === true) return await session.output.content([wholeText(document.prompt)])
        await session.output.document(document)
      })
    })
}

async function rawFile(store: FileSystemStorage, given: GivenVersion): Promise<Uint8Array> {
  const { promptId, version } = await findVersion(store, given)
  const bytes = await store.readRaw(promptId, version)
  if (bytes === undefined) throw await versionNotFoundIn(store, promptId, version)
  return bytes
}

const LATEST_EXAMPLES = `
Examples:
  $ holdfast latest --dir prompts my-flow_llm
  $ holdfast latest --dir prompts my-flow_llm@production`

export function addLatestCommand(program: Command, session: Session): void {
  program
    .command('latest')
    .description('print the number of the latest version of a prompt, or of a named one')
    .argument('<prompt-id>')
    .argument('[version]', VERSION_ARGUMENT)
    .addOption(asOfTime())
    .addOption(asOfUndated())
    .addHelpText('after', LATEST_EXAMPLES)
    .action(async (id: string, wanted: string | undefined, options: AsOfArguments) => {
      await session.withStore(async (present) => {
        const store = asAsked(present, options)
        const { promptId, version } = await findVersion(store, { promptId: id, wanted })
        if (!(await store.listVersionNames(promptId)).includes(version))
          throw await versionNotFoundIn(store, promptId, version)
        if (!session.output.json) return await session.output.data(`${version}\n`)
        // It may have been deleted since.
        const path = options.asOf === undefined ? await pathOf(present, promptId, version) : {}
        await session.output.document({ prompt_id: promptId, version, ...path })
      })
    })
}

const LIST_EXAMPLES = `
Examples:
  $ holdfast list --dir prompts my-flow_llm
  $ holdfast list --dir prompts my-flow_llm --newest-first --limit 5 --json`

interface ListCommandOptions extends AsOfArguments {
  readonly limit?: number
  readonly offset?: number
  readonly newestFirst?: boolean
  readonly ndjson?: boolean
}

/** One version in a list. A damaged one has only its number. */
type ListEntry = VersionSummary | { readonly version: string; readonly damaged: true }

export function addListCommand(program: Command, session: Session): void {
  program
    .command('list')
    .description('list the versions of a prompt, by precedence')
    .argument('<prompt-id>')
    .option('--limit <n>', 'at most this many', parseInteger)
    .option('--offset <n>', 'skip this many first', parseInteger)
    .option('--newest-first', 'the highest version first')
    .addOption(asOfTime())
    .addOption(asOfUndated())
    .addOption(ndjsonOption())
    .addHelpText('after', LIST_EXAMPLES)
    .action(async (promptId: string, options: ListCommandOptions) => {
      checkForm(session.output.json, { ndjson: options.ndjson })
      await session.withStore(async (present) => {
        const store = asAsked(present, options)
        if ((await store.getLatestVersionName(promptId)) === undefined)
          throw await notFoundIn(store, promptId)
        const found = await entriesOf(store, promptId, options)
        if (options.ndjson !== true) return await reportVersions(session, promptId, found)
        await session.output.lines(found.map((entry) => ({ prompt_id: promptId, ...entry })))
      })
    })
}

/** A name without a summary is a damaged version. */
async function entriesOf(
  store: ReadStore,
  promptId: string,
  { limit, offset, newestFirst }: ListCommandOptions,
): Promise<readonly ListEntry[]> {
  const page = given({ limit, offset, order: newestFirst === true ? 'desc' : 'asc' } as const)
  const names = await store.listVersionNames(promptId, page)
  const summaries = await readSummaries(store, promptId, page)
  const byName = new Map(summaries.map((summary) => [summary.version, summary]))
  return names.map((version) => byName.get(version) ?? { version, damaged: true })
}

async function reportVersions(
  session: Session,
  promptId: string,
  versions: readonly ListEntry[],
): Promise<void> {
  const { output } = session
  if (output.json) return await output.document({ prompt_id: promptId, versions })
  await output.table(
    [
      { title: 'Version' },
      { title: 'Created' },
      { title: 'Parent' },
      { title: 'Author' },
      { title: 'Labels' },
      { title: 'Bytes', align: 'right' },
    ],
    versions.map((entry) =>
      'damaged' in entry
        ? [entry.version, 'damaged', '', '', '', '']
        : [
            entry.version,
            entry.created_at ?? '',
            entry.parent_version ?? '',
            entry.author ?? '',
            entry.labels.join(', '),
            entry.size,
          ],
    ),
  )
}

const IDS_EXAMPLES = `
Examples:
  $ holdfast ids --dir prompts --prefix my-flow
  $ holdfast ids --dir prompts -0 | xargs -0 -n 1 holdfast latest --dir prompts`

interface IdsOptions extends AsOfArguments {
  readonly prefix?: string
  readonly limit?: number
  readonly ndjson?: boolean
  readonly null?: boolean
}

export function addIdsCommand(program: Command, session: Session): void {
  program
    .command('ids')
    .description('list the ids of all prompts, one per line')
    .option('--prefix <text>', 'only ids that begin with it')
    .addOption(asOfTime())
    .addOption(asOfUndated())
    .option('--limit <n>', 'at most this many', parseInteger)
    .addOption(ndjsonOption())
    .addOption(
      new Option('-0, --null', 'end each id with a NUL, and escape nothing').conflicts('ndjson'),
    )
    .addHelpText('after', IDS_EXAMPLES)
    .action(async (options: IdsOptions) => {
      checkForm(session.output.json, { ndjson: options.ndjson, null: options.null })
      await session.withStore(async (store) => {
        const ids = await asAsked(store, options).listPromptIds()
        await reportIds(session, selectIds(ids, options), options)
      })
    })
}

function selectIds(ids: readonly string[], { prefix = '', limit }: IdsOptions): readonly string[] {
  return ids.filter((id) => id.startsWith(prefix)).slice(0, limit)
}

async function reportIds(
  { output }: Session,
  ids: readonly string[],
  options: IdsOptions,
): Promise<void> {
  if (output.json) return await output.document({ prompt_ids: ids })
  if (options.ndjson === true) return await output.lines(ids.map((id) => ({ prompt_id: id })))
  if (options.null === true) return await output.data(ids.map((id) => `${id}\0`).join(''))
  await output.data(ids.map((id) => `${printable(id)}\n`).join(''))
}
