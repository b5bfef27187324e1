import { Option, type Command } from 'commander'
import { checkForm, ndjsonOption, parseInteger } from '../global-options.js'
import { printable } from '../printable.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Examples:
  $ holdfast ids --dir prompts --prefix my-flow
  $ holdfast ids --dir prompts -0 | xargs -0 -n 1 holdfast latest --dir prompts`

interface IdsOptions {
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
    .option('--limit <n>', 'at most so many', parseInteger)
    .addOption(ndjsonOption())
    .addOption(
      new Option('-0, --null', 'end each id with a NUL, and escape nothing').conflicts('ndjson'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: IdsOptions) => {
      checkForm(session.output.json, { ndjson: options.ndjson, null: options.null })
      await session.withStore(async (store) => {
        await report(session, select(await store.listPromptIds(), options), options)
      })
    })
}

function select(ids: readonly string[], { prefix = '', limit }: IdsOptions): readonly string[] {
  return ids.filter((id) => id.startsWith(prefix)).slice(0, limit)
}

async function report(
  { output }: Session,
  ids: readonly string[],
  options: IdsOptions,
): Promise<void> {
  if (output.json) return await output.document({ prompt_ids: ids })
  if (options.ndjson === true) return await output.lines(ids.map((id) => ({ prompt_id: id })))
  if (options.null === true) return await output.data(ids.map((id) => `${id}\0`).join(''))
  await output.data(ids.map((id) => `${printable(id)}\n`).join(''))
}
