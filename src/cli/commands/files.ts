import { type Command, Option } from 'commander'
import { type Session, announceWaiting } from '../session.js'
import { addFilesHealthCommand, addFilesSyncCommand, addFilesVerifyCommand } from './files-check.js'
import { addFilesBackupCommand } from './backup.js'
import {
  addFilesHistoryCommand,
  addFilesPruneCommand,
  addFilesRestoreCommand,
  noVersion,
} from './files-versions.js'
import { CliError } from '../errors.js'
import { inputChunks, confirm } from '../input.js'
import { parseInteger, checkForm, ndjsonOption } from '../global-options.js'
import type { FileInfo } from '../../files/info.js'
import type { FileStorage } from '../../files/file-storage.js'
import { FILE_ORDERS, type FileOrder } from '../../files/listing.js'
import type { Column } from '../table.js'
import { parseJsonObject } from '../text-input.js'

const EXAMPLES = `
Examples:
  $ holdfast files put --dir data models/m1.bin weights.bin
  $ holdfast files ls --dir data models/
  $ holdfast files get --dir data models/m1.bin > weights.bin`

/** `holdfast files`: a store of files of any kind. */
export function addFilesCommand(program: Command, session: Session): void {
  const files = program
    .command('files')
    .description(
      'stores files of any kind under keys: put, get, ls, stat, rm, cp, history, restore, prune, sync, verify, backup, health',
    )
    .addHelpText('after', EXAMPLES)
  for (const addCommand of COMMANDS) addCommand(files, session)
}

const COMMANDS: readonly ((files: Command, session: Session) => void)[] = [
  addFilesPutCommand,
  addFilesGetCommand,
  addFilesLsCommand,
  addFilesStatCommand,
  addFilesRmCommand,
  addFilesCpCommand,
  addFilesHistoryCommand,
  addFilesRestoreCommand,
  addFilesPruneCommand,
  addFilesSyncCommand,
  addFilesVerifyCommand,
  addFilesBackupCommand,
  addFilesHealthCommand,
]

const CHANGES = { changes: true }

interface PutOptions {
  readonly meta?: string
  readonly expires?: string
  readonly ifAbsent?: boolean
  readonly ifMatch?: string
}

function addFilesPutCommand(files: Command, session: Session): void {
  files
    .command('put')
    .description('store a file under a key')
    .argument('<key>')
    .argument('[file]', 'standard input by default, or for -', '-')
    .option('--meta <json>', 'a JSON object to keep with the file')
    .option('--expires <time>', 'the file is absent from then on (ISO 8601)')
    .option('--if-absent', 'only where there is no file under the key')
    .option('--if-match <etag>', 'only where the file still has this etag')
    .action(async (key: string, file: string, options: PutOptions) => {
      const metadata = parseJsonObject(options.meta ?? '{}', '--meta')
      await session.withFiles(
        async (storage) => {
          await announceWaiting(session, file, 'the content')
          const info = await storage.storeStream(key, inputChunks(session.environment, file), {
            metadata,
            expiresAt: options.expires,
            ifAbsent: options.ifAbsent,
            ifMatch: options.ifMatch,
          })
          if (session.output.json) return await session.output.document(info)
          await session.output.talk(`Stored ${info.bytes} bytes under ${key}`)
        },
        { create: true, changes: true },
      )
    })
}

interface GetOptions {
  readonly start?: number
  readonly end?: number
}

function addFilesGetCommand(files: Command, session: Session): void {
  files
    .command('get')
    .description('print the content of a file')
    .argument('<key>')
    .argument('[version]', 'an earlier version, as history prints it')
    .option('--start <byte>', 'from this byte on, counted from 0', parseInteger)
    .option('--end <byte>', 'up to this byte, without it', parseInteger)
    .action(async (key: string, version: string | undefined, { start, end }: GetOptions) => {
      if (session.output.json)
        throw new CliError('CLI-USAGE-001', 'get prints the content: leave out --json, or use stat')
      const part = start === undefined && end === undefined ? undefined : { start: start ?? 0 }
      await session.withFiles(async (storage) => {
        const range = part === undefined || end === undefined ? part : { ...part, end }
        const found = await storage.retrieveStream(key, { ...range, version })
        if (found === undefined) throw version === undefined ? noFile(key) : noVersion(key, version)
        await session.output.content(found.body as AsyncIterable<Uint8Array>)
      })
    })
}

const LS_COLUMNS: readonly Column[] = [
  { title: 'Key' },
  { title: 'Bytes', align: 'right' },
  { title: 'Kind' },
  { title: 'Stored' },
]

interface LsOptions {
  readonly limit?: number
  readonly ndjson?: boolean
  readonly order?: FileOrder
}

function addFilesLsCommand(files: Command, session: Session): void {
  files
    .command('ls')
    .description('list the files whose keys begin with a prefix')
    .argument('[prefix]', 'all by default', '')
    .option('--limit <number>', 'at most this many', parseInteger)
    .addOption(
      new Option('--order <order>', 'by key (default), or by the time of the last store').choices(
        FILE_ORDERS,
      ),
    )
    .addOption(ndjsonOption())
    .action(async (prefix: string, { limit, ndjson, order }: LsOptions) => {
      checkForm(session.output.json, { ndjson })
      await session.withFiles(async (storage) => {
        const found = await listed(storage, prefix, limit, order)
        if (session.output.json) return await session.output.document({ prefix, files: found })
        if (ndjson === true) return await session.output.lines(found)
        await session.output.table(
          LS_COLUMNS,
          found.map(({ key, bytes, kind, updated_at: stored }) => [key, bytes, kind, stored]),
        )
      })
    })
}

/** Reads page by page: one page has at most 10,000 files. */
async function listed(
  storage: FileStorage,
  prefix: string,
  limit = Number.POSITIVE_INFINITY,
  order: FileOrder = 'key',
): Promise<readonly FileInfo[]> {
  const found: FileInfo[] = []
  let cursor: string | undefined
  do {
    const page = await storage.list({
      prefix,
      order,
      cursor,
      limit: Math.min(limit - found.length, PAGE_FILES),
    })
    for (const file of page.files) found.push(file)
    cursor = page.cursor
  } while (cursor !== undefined && found.length < limit)
  return found
}

const PAGE_FILES = 10_000

function addFilesStatCommand(files: Command, session: Session): void {
  files
    .command('stat')
    .description('print what is known of a file, as a JSON document')
    .argument('<key>')
    .action(async (key: string) => {
      await session.withFiles(async (storage) => {
        const info = await storage.stat(key)
        if (info === undefined) throw noFile(key)
        await session.output.document(info)
      })
    })
}

function addFilesRmCommand(files: Command, session: Session): void {
  files
    .command('rm')
    .description('remove files; asks on a terminal, needs --yes elsewhere')
    .argument('<keys...>')
    .option('-y, --yes', 'do not ask')
    .action(async (keys: readonly string[], options: { yes?: boolean }) => {
      const question = `Remove ${keys.join(', ')}?`
      if (options.yes !== true && !(await confirm(session.environment, question)))
        return await session.output.talk('Nothing was removed')
      await removeAll(session, keys)
    })
}

async function removeAll(session: Session, keys: readonly string[]): Promise<void> {
  await session.withFiles(async (storage) => {
    const removed: string[] = []
    for (const key of keys) if (await storage.delete(key)) removed.push(key)
    const absent = keys.find((key) => !removed.includes(key))
    if (absent !== undefined) throw noFile(absent)
    if (session.output.json) return await session.output.document({ removed })
    await session.output.talk(`Removed ${removed.join(', ')}`)
  }, CHANGES)
}

interface CopyOptions {
  readonly ifAbsent?: boolean
  readonly move?: boolean
}

function addFilesCpCommand(files: Command, session: Session): void {
  files
    .command('cp')
    .description('copy a file with its metadata to another key')
    .argument('<from>')
    .argument('<to>')
    .option('--if-absent', 'only where there is no file under the new key')
    .option('--move', 'remove the old one afterwards')
    .action(async (from: string, to: string, { ifAbsent, move }: CopyOptions) => {
      await session.withFiles(async (storage) => {
        const options = { ifAbsent }
        const done =
          move === true
            ? await storage.move(from, to, options)
            : await storage.copy(from, to, options)
        if (!done) throw noFile(from)
        if (session.output.json)
          return await session.output.document({ from, to, moved: move === true })
        await session.output.talk(`${move === true ? 'Moved' : 'Copied'} ${from} to ${to}`)
      }, CHANGES)
    })
}

/** The error for a key without a file. */
function noFile(key: string): CliError {
  return new CliError('CLI-NOTFOUND-001', `There is no file ${key}`, { context: { key } })
}
