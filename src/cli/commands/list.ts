import type { Command } from 'commander'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { checkForm, ndjsonOption, parseInteger } from '../global-options.js'
import { notFoundIn } from '../not-found.js'
import type { Store } from '../open-store.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Examples:
  $ holdfast list --dir prompts my-flow_llm
  $ holdfast list --dir prompts my-flow_llm --newest-first --limit 5 --json`

interface ListCommandOptions {
  readonly limit?: number
  readonly offset?: number
  readonly newestFirst?: boolean
  readonly ndjson?: boolean
}

/** One version in a list. A damaged one has its number only. */
interface ListEntry {
  readonly version: string
  readonly created_at?: string
  readonly parent_version?: string | null
  readonly author?: string
  readonly characters?: number
  readonly damaged?: true
}

export function addListCommand(program: Command, session: Session): void {
  program
    .command('list')
    .description('list the versions of a prompt, by precedence')
    .argument('<prompt-id>')
    .option('--limit <n>', 'at most so many', parseInteger)
    .option('--offset <n>', 'leave out so many first', parseInteger)
    .option('--newest-first', 'the highest version first')
    .addOption(ndjsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (promptId: string, options: ListCommandOptions) => {
      checkForm(session.output.json, { ndjson: options.ndjson })
      await session.withStore(async (store) => {
        if ((await store.getLatestVersionName(promptId)) === undefined)
          throw await notFoundIn(store, promptId)
        const found = await entries(store, promptId, options)
        if (options.ndjson !== true) return await report(session, promptId, found)
        await session.output.lines(found.map((entry) => ({ prompt_id: promptId, ...entry })))
      })
    })
}

/** The names come from the index, the facts from the files: a name without readable file is a damaged version. */
async function entries(
  store: Store,
  promptId: string,
  options: ListCommandOptions,
): Promise<readonly ListEntry[]> {
  const names = await store.listVersionNames(promptId, {
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.offset === undefined ? {} : { offset: options.offset }),
    order: options.newestFirst === true ? 'descending' : 'ascending',
  })
  const documents = await store.listVersions(promptId)
  const byName = new Map(documents.map((document) => [document.version, document]))
  return names.map((name) => describe(name, byName.get(name)))
}

function describe(version: string, document: PromptVersion | undefined): ListEntry {
  if (document === undefined) return { version, damaged: true }
  const { author } = document.metadata
  return {
    version,
    created_at: document.created_at,
    parent_version: document.parent_version,
    ...(typeof author === 'string' ? { author } : {}),
    characters: Array.from(document.prompt.text).length,
  }
}

async function report(
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
      { title: 'Characters', align: 'right' },
    ],
    versions.map((entry) => [
      entry.version,
      entry.created_at ?? 'damaged',
      entry.parent_version ?? '',
      entry.author ?? '',
      entry.characters ?? '',
    ]),
  )
}
