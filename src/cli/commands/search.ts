import type { Command } from 'commander'
import type { VersionRecord } from '../../versions/registry/version-records.js'
import { checkForm, ndjsonOption, parseInteger } from '../global-options.js'
import { withRegistry } from '../registry.js'
import { given } from '../repeatable.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Finds the versions that have everything that is asked for. Upper and lower case
of the text are the same.

Examples:
  $ holdfast search --dir prompts 'be brief' --label production
  $ holdfast search --dir prompts --tag reviewed --prefix my-flow`

interface SearchCommandOptions {
  readonly label?: string
  readonly tag?: string
  readonly author?: string
  readonly prefix?: string
  readonly limit?: number
  readonly ndjson?: boolean
}

export function addSearchCommand(program: Command, session: Session): void {
  program
    .command('search')
    .description('find versions of all prompts by text, label, tag or author')
    .argument('[text]', 'a part of the prompt, or of the message of its version')
    .option('--label <label>', 'a label that the version has')
    .option('--tag <tag>', 'a tag that it has')
    .option('--author <name>', 'who made it')
    .option('--prefix <text>', 'how the prompt id begins')
    .option('--limit <n>', 'at most this many', parseInteger)
    .addOption(ndjsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (text: string | undefined, options: SearchCommandOptions) => {
      const { limit, ndjson, ...wanted } = options
      checkForm(session.output.json, { ndjson })
      await withRegistry(session, async ({ registry }) => {
        const found = await registry.search(given({ text, ...wanted }))
        await reportFound(session, found.slice(0, limit), ndjson === true)
      })
    })
}

async function reportFound(
  { output }: Session,
  versions: readonly VersionRecord[],
  isByLine: boolean,
): Promise<void> {
  if (output.json) return await output.document({ versions })
  if (isByLine) return await output.lines(versions)
  await output.table(
    [
      { title: 'Prompt' },
      { title: 'Version', whole: true },
      { title: 'Labels' },
      { title: 'Tags' },
      { title: 'Author' },
      { title: 'Message' },
    ],
    versions.map((version) => [
      version.prompt_id,
      version.version,
      version.labels.join(', '),
      version.tags.join(', '),
      version.author ?? '',
      version.message?.split('\n', 1)[0] ?? '',
    ]),
  )
}
