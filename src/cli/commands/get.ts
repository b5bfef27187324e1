import { Option, type Command } from 'commander'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { CliError } from '../errors.js'
import { notFoundIn } from '../not-found.js'
import type { Store } from '../open-store.js'
import type { Session } from '../session.js'
import { findVersion, type Reference } from '../version-reference.js'

const EXAMPLES = `
Examples:
  $ holdfast get --dir prompts my-flow_llm            the latest version
  $ holdfast get --dir prompts my-flow_llm 1.0.2
  $ holdfast get --dir prompts my-flow_llm@^1.0       the highest of a range
  $ holdfast get --dir prompts my-flow_llm --text > prompt.txt`

interface GetOptions {
  readonly raw?: boolean
  readonly text?: boolean
}

export function addGetCommand(program: Command, session: Session): void {
  program
    .command('get')
    .description('print a stored version as a JSON document')
    .argument('<prompt-id>')
    .argument('[version]', 'a version, a range such as ^1.0, or latest (the default)')
    .option('--raw', 'the bytes of the file as they are, checksum included')
    .addOption(new Option('--text', 'only the text of the prompt').conflicts('raw'))
    .addHelpText('after', EXAMPLES)
    .action(async (promptId: string, wanted: string | undefined, options: GetOptions) => {
      const partial = options.raw === true || options.text === true
      if (session.output.json && partial) {
        throw new CliError(
          'CLI-USAGE-001',
          '--json prints the document: leave out --raw and --text',
        )
      }
      await session.withStore(async (store) => {
        if (options.raw === true) {
          return await session.output.content([await rawFile(store, { promptId, wanted })])
        }
        const document = await readVersion(store, { promptId, wanted })
        if (options.text === true) return await session.output.content([document.prompt.text])
        await session.output.document(document)
      })
    })
}

async function readVersion(store: Store, reference: Reference): Promise<PromptVersion> {
  const { promptId, version } = await findVersion(store, reference)
  const document = await store.getVersion(promptId, version)
  if (document === undefined) throw await notFoundIn(store, promptId, version)
  return document
}

async function rawFile(store: Store, reference: Reference): Promise<Uint8Array> {
  const { promptId, version } = await findVersion(store, reference)
  const bytes = await store.readRaw(promptId, version)
  if (bytes === undefined) throw await notFoundIn(store, promptId, version)
  return bytes
}
