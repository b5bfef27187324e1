import { InvalidArgumentError, Option, type Command } from 'commander'
import { BUMPS, type Bump } from '../../document/version-number.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { promptVersionSchema, type PromptVersion } from '../../versions/prompts/prompt-version.js'
import { utcOffsetOption, withUtcTimes } from '../../document/timestamp.js'
import { decodeVersionFile } from '../../document/version-file.js'
import { FormatError, StorageError } from '../../base/errors.js'
import { extractVariables } from '../../optimizer/variables.js'
import { acceptVersion } from '../../versions/accept-version.js'
import { VersionManager } from '../../versions/prompts/version-manager.js'
import { CliError } from '../errors.js'
import { readInput, confirm } from '../input.js'
import { announceWaiting, type Session } from '../session.js'
import { type Store, holdsFiles } from '../open-store.js'
import { pathOf } from '../version-path.js'
import { readText } from '../text-input.js'
import { versionNotFoundIn } from '../version-reference.js'

const SAVE_EXAMPLES = `
Prints the version that was saved. A document carries its own number, which must
be new. After a save whose outcome is unknown, repeat it with --if-same accept.

Examples:
  $ holdfast save --dir prompts version.json
  $ cat version.json | holdfast save --dir prompts -
  $ holdfast save --dir prompts --prompt-id greeting --text 'Hello {{name}}'
  $ holdfast save --dir prompts --prompt-id greeting --text-file new.txt
      --bump minor`

interface SaveOptions {
  readonly promptId?: string
  readonly text?: string
  readonly textFile?: string
  readonly bump?: Bump
  readonly role?: string
  readonly ifSame?: 'refuse' | 'accept'
  readonly utcOffset?: number
}

export function addSaveCommand(program: Command, session: Session): void {
  program
    .command('save')
    .description('save a version: a whole document, or a text under the next number')
    .argument('[file]', 'a document as JSON; - or nothing for standard input')
    .option('--prompt-id <id>', 'the prompt whose new text is given')
    .addOption(new Option('--text <text>', 'the text of the new version').conflicts('textFile'))
    .option('--text-file <file>', 'the text of the new version; - for standard input')
    .addOption(
      new Option('--bump <part>', 'which part of the number to raise (default: patch)').choices(
        BUMPS,
      ),
    )
    .addOption(
      new Option(
        '--if-same <action>',
        'what to do when the same content is saved already: refuse it, or accept it as saved',
      ).choices(['refuse', 'accept']),
    )
    .addOption(
      new Option(
        '--utc-offset <+HH:MM>',
        'how far times without a zone in a document are ahead of UTC (default: 0)',
      ).argParser(parseOffset),
    )
    .option('--role <role>', 'the role of the text (default: as before, system at first)')
    .addHelpText('after', SAVE_EXAMPLES)
    .action(async (file: string | undefined, options: SaveOptions) => {
      checkCombination(file, options)
      if (isText(options)) await saveText(session, options.promptId ?? '', options)
      else await saveDocument(session, file ?? '-', options)
    })
}

function checkCombination(file: string | undefined, options: SaveOptions): void {
  const { promptId, bump, role } = options
  if ((promptId !== undefined) !== isText(options)) {
    throw new CliError('CLI-USAGE-001', '--prompt-id and --text or --text-file belong together')
  }
  if (isText(options) && file !== undefined) {
    throw new CliError('CLI-USAGE-001', 'Either a document or a text, not both')
  }
  if (!isText(options) && (bump !== undefined || role !== undefined)) {
    throw new CliError('CLI-USAGE-001', '--bump and --role go with --text or --text-file only')
  }
}

function isText({ text, textFile }: SaveOptions): boolean {
  return text !== undefined || textFile !== undefined
}

async function saveDocument(session: Session, file: string, options: SaveOptions): Promise<void> {
  await announceWaiting(session, file, 'a document')
  const document = parseDocument(await readInput(session.environment, file), file)
  const version = withUtcTimes(document, options.utcOffset ?? 0) as PromptVersion
  // Before a store is made: a refused document must not leave an empty one.
  await acceptVersion(version, {
    schema: promptVersionSchema,
    allowPrerelease: session.options.prerelease === true,
  })
  await session.withNewStore(async (store) => {
    await store.saveVersion(version, { ifSame: options.ifSame ?? 'refuse' })
    await reportSaved(session, store, version)
  })
}

/** An offset as at the end of a time in ISO 8601: `+02:00`, `-0330`. */
function parseOffset(text: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? []
  if (sign === undefined)
    throw new InvalidArgumentError(`It must be +HH:MM or -HH:MM, got '${text}'.`)
  const offset = Number(hours) * 60 + Number(minutes)
  return utcOffsetOption(sign === '-' ? -offset : offset)
}

/** A stored file may be saved elsewhere as it is: its checksum is checked and removed, as the time of its commit is. */
function parseDocument(bytes: Uint8Array, file: string): PromptVersion {
  let decoded: ReturnType<typeof decodeVersionFile>
  try {
    decoded = decodeVersionFile(bytes)
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw new CliError('CLI-USAGE-001', `${file} holds no JSON document: ${cause.message}`, {
      context: { file },
      cause,
    })
  }
  if (decoded.checksum === 'mismatch') {
    throw new StorageError('FS-LOAD-001', `${file} was changed: its checksum does not fit`, {
      context: { file },
    })
  }
  // The storage checks it against the schema; until then it only claims to be one.
  return decoded.document as unknown as PromptVersion
}

async function saveText(session: Session, promptId: string, options: SaveOptions): Promise<void> {
  checkPromptId(promptId)
  const text = options.text ?? (await readText(session, options.textFile ?? '-', 'a text'))
  await session.withNewStore(async (store) => {
    const latest = await store.getLatestVersion(promptId)
    const version = await new VersionManager({ storage: store }).createVersion({
      prompt: {
        ...latest?.prompt,
        id: promptId,
        text,
        messages: undefined,
        role: options.role ?? latest?.prompt.role ?? 'system',
        variables: extractVariables(text),
        extracted_at: undefined,
      },
      bump: options.bump ?? 'patch',
      ifSame: options.ifSame ?? 'refuse',
    })
    await reportSaved(session, store, version)
  })
}

async function reportSaved(session: Session, store: Store, saved: PromptVersion): Promise<void> {
  const { prompt_id, version } = saved
  const place = await pathOf(store, prompt_id, version)
  if (session.output.json) return await session.output.document({ prompt_id, version, ...place })
  await session.output.data(`${version}\n`)
  if (place.path !== undefined) await session.output.talk(`Saved in ${place.path}`)
}

const DELETE_EXAMPLES = `
Examples:
  $ holdfast delete --dir prompts my-flow_llm 1.0.2 --yes
  $ holdfast delete --dir prompts my-flow_llm 1.0.2 --yes --trash`

export function addDeleteCommand(program: Command, session: Session): void {
  program
    .command('delete')
    .description('delete a version; asks on a terminal, needs --yes elsewhere')
    .argument('<prompt-id>')
    .argument('<version>')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', DELETE_EXAMPLES)
    .action(async (promptId: string, version: string, options: { yes?: boolean }) => {
      const question = `Delete version ${version} of ${promptId}?`
      if (options.yes !== true && !(await confirm(session.environment, question))) {
        return await session.output.talk('Nothing was deleted')
      }
      await deleteVersion(session, promptId, version)
    })
}

async function deleteVersion(session: Session, promptId: string, version: string): Promise<void> {
  await session.withStore(async (store) => {
    if (!(await store.deleteVersion(promptId, version)))
      throw await versionNotFoundIn(store, promptId, version)
    const trashed = session.options.trash === true
    if (session.output.json) {
      return await session.output.document({ prompt_id: promptId, version, deleted: true, trashed })
    }
    await session.output.talk(
      `Deleted version ${version} of ${promptId}${trashed ? ', to the trash' : ''}`,
    )
  })
}

const SHRED_NOTES = `
What was deleted or replaced before is left in no file of the journal
afterwards. It can remain in the trash (purge it first), in .quarantine, in
backups and snapshots, and in blocks of the disk that nothing has overwritten
yet.

Example:
  $ holdfast shred --dir prompts`

export function addShredCommand(program: Command, session: Session): void {
  program
    .command('shred')
    .description('remove deleted and replaced texts from the journal, of a store of any kind')
    .addHelpText('after', SHRED_NOTES)
    .action(async () => {
      try {
        await session.withFileStore('shred', async (store) => await store.shred())
      } catch (error) {
        if (!holdsFiles(error)) throw error
        await session.withFiles(async (files) => await files.shred())
      }
      if (session.output.json) return await session.output.document({ shredded: true })
      await session.output.talk('The journal holds no earlier text any more')
    })
}
