import { Option, type Command } from 'commander'
import type { PromptVersion } from '../../document/prompt-version.js'
import { CliError } from '../errors.js'
import { notFound } from '../not-found.js'
import type { Store } from '../open-store.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Examples:
  $ holdfast get --dir prompts my-flow_llm            the latest version
  $ holdfast get --dir prompts my-flow_llm 1.0.2
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
    .argument('[version]', 'the latest one by default')
    .option('--raw', 'the bytes of the file as they are, checksum included')
    .addOption(new Option('--text', 'only the text of the prompt').conflicts('raw'))
    .addHelpText('after', EXAMPLES)
    .action(async (promptId: string, version: string | undefined, options: GetOptions) => {
      const partial = options.raw === true || options.text === true
      if (session.output.json && partial) {
        throw new CliError(
          'CLI-USAGE-001',
          '--json prints the document: leave out --raw and --text',
        )
      }
      await session.withStore(async (store) => {
        if (options.raw === true) {
          return await session.output.content([await rawFile(store, promptId, version)])
        }
        const document = await readVersion(store, promptId, version)
        if (options.text === true) return await session.output.content([document.prompt.text])
        await session.output.document(document)
      })
    })
}

async function readVersion(
  store: Store,
  promptId: string,
  version: string | undefined,
): Promise<PromptVersion> {
  const document =
    version === undefined
      ? await store.getLatestVersion(promptId)
      : await store.getVersion(promptId, version)
  if (document === undefined) throw notFound(promptId, version)
  return document
}

async function rawFile(
  store: Store,
  promptId: string,
  version: string | undefined,
): Promise<Uint8Array> {
  const name = version ?? (await store.getLatestVersionName(promptId))
  const bytes = name === undefined ? undefined : await store.readRaw(promptId, name)
  if (bytes === undefined) throw notFound(promptId, version)
  return bytes
}
