import { Option, type Command } from 'commander'
import { checkPromptId } from '../../document/prompt-id.js'
import type { JsonObject } from '../../document/json.js'
import { BUMPS, type Bump } from '../../document/version-number.js'
import { extractVariables } from '../../optimizer/variables.js'
import { checkContent, type Published } from '../../versions/registry/publishing.js'
import { checkPublish, type PublishOptions } from '../../versions/registry/registry-options.js'
import type { PromptContent } from '../../versions/prompts/prompt.js'
import { CliError } from '../errors.js'
import { withRegistry } from '../registry.js'
import { given, repeatable } from '../repeatable.js'
import type { Session } from '../session.js'
import { parseJsonObject, readJsonObject, readText } from '../text-input.js'
import type { Store } from '../open-store.js'
import { pathOf } from '../version-path.js'

const EXAMPLES = `
Prints the number of the version. The number, its labels and its tags are one
commit. A content that the latest version has already is not stored again.

Examples:
  $ holdfast publish --dir prompts greeting greeting.txt --message 'Shorter'
  $ holdfast publish --dir prompts greeting --text 'Hi {{name}}'
      --author ada --label staging
  $ holdfast publish --dir prompts chat chat.json --prompt`

interface PublishCommandOptions {
  readonly text?: string
  readonly prompt?: boolean
  readonly role?: string
  readonly bump?: Bump
  readonly message?: string
  readonly author?: string
  readonly label?: readonly string[]
  readonly parent?: string
  readonly tag?: readonly string[]
  readonly metadata?: string
  readonly allowProtected?: boolean
}

export function addPublishCommand(program: Command, session: Session): void {
  program
    .command('publish')
    .description('store the next version of a prompt, and move labels to it')
    .argument('<prompt-id>')
    .argument('[file]', 'the text; - or nothing for standard input')
    .option('--text <text>', 'the text itself, in place of a file')
    .option('--prompt', 'the file is a prompt as JSON: { "text" } or { "messages", "config" }')
    .option('--role <role>', 'the role of the text (default: as before, system at first)')
    .addOption(
      new Option(
        '--bump <part>',
        'which part of the number to raise (default: by what changed)',
      ).choices(BUMPS),
    )
    .option('--message <text>', 'what changed')
    .option('--author <name>', 'who made it')
    .addOption(repeatable('--label <label>', 'a label that moves to it'))
    .option('--parent <version>', 'what it was made from, or none (default: the latest)')
    .addOption(repeatable('--tag <tag>', 'a tag of it'))
    .option('--metadata <json>', 'a JSON object for its metadata')
    .option('--allow-protected', 'protected labels may move; needs --message')
    .addHelpText('after', EXAMPLES)
    .action(async (promptId: string, file: string | undefined, options: PublishCommandOptions) => {
      checkCombination(file, options)
      checkPromptId(promptId)
      const settings = publishSettings(options)
      const contentIn = await readContent(session, promptId, file ?? '-', options)
      // Before a store is made: a refused content must not leave an empty one.
      checkContent(promptId, contentIn(undefined))
      await withRegistry(
        session,
        async ({ registry, store }) => {
          const content = contentIn(await store.getLatestVersion(promptId))
          await reportPublished(session, store, await registry.publish(promptId, content, settings))
        },
        { create: true },
      )
    })
}

function checkCombination(file: string | undefined, options: PublishCommandOptions): void {
  if (options.text !== undefined && file !== undefined)
    throw new CliError('CLI-USAGE-001', 'Either --text or a file, not both')
  if (options.prompt === true && (options.text !== undefined || options.role !== undefined))
    throw new CliError('CLI-USAGE-001', '--prompt reads a file: leave out --text and --role')
}

/** @throws TypeError for options that do not fit */
function publishSettings(options: PublishCommandOptions): PublishOptions {
  const { bump, message, author, label, parent, tag, metadata, allowProtected } = options
  const settings = given({
    bump,
    message,
    author,
    labels: label,
    parent: parent === 'none' ? null : parent,
    tags: tag,
    metadata:
      metadata === undefined ? undefined : (parseJsonObject(metadata, '--metadata') as JsonObject),
    allowProtected,
  })
  checkPublish(settings)
  return settings
}

type Latest = Awaited<ReturnType<Store['getLatestVersion']>>

/** Reads the input, and returns the content that follows the latest version: a new text keeps its other fields. */
async function readContent(
  session: Session,
  promptId: string,
  file: string,
  options: PublishCommandOptions,
): Promise<(latest: Latest) => PromptContent> {
  if (options.prompt === true) {
    const prompt = (await readJsonObject(session, file, 'a prompt')) as unknown as PromptContent
    return () => prompt
  }
  const text = options.text ?? (await readText(session, file, 'a text'))
  return (latest) => {
    const before = latest?.prompt
    const role = options.role ?? before?.role ?? 'system'
    if (before?.text === text && before.role === role) return before
    const variables = extractVariables(text)
    return {
      ...before,
      id: promptId,
      text,
      messages: undefined,
      role,
      variables,
      extracted_at: undefined,
    }
  }
}

/** Prints the version, and whether it is new. */
export async function reportPublished(
  { output }: Session,
  store: Store,
  { prompt_id, version, created }: Published,
): Promise<void> {
  const place = await pathOf(store, prompt_id, version)
  if (output.json) return await output.document({ prompt_id, version, created, ...place })
  await output.data(`${version}\n`)
  await output.talk(
    created
      ? `Published version ${version} of ${prompt_id}`
      : `Unchanged: version ${version} of ${prompt_id} has this content`,
  )
}
