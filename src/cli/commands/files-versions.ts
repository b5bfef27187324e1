import { counted } from '../counted.js'
import type { Command } from 'commander'
import { confirm } from '../input.js'
import { CliError } from '../errors.js'
import { parseInteger } from '../global-options.js'
import type { Session } from '../session.js'
import { addBackupFlags, restoreFiles, type BackupFlags } from './restore.js'
import type { Column } from '../table.js'

/** Narrow: a version that is broken into lines cannot be copied. */
const HISTORY_COLUMNS: readonly Column[] = [
  { title: 'Version' },
  { title: 'Bytes', align: 'right' },
  { title: 'Stored' },
  { title: '*' },
]

const HISTORY_EXAMPLES = `
The current file has a star; of a deleted key, no version has one. A store keeps
versions once it was opened with HOLDFAST_KEEP_VERSIONS, or by a program with
"keepVersions".

Examples:
  $ HOLDFAST_KEEP_VERSIONS=10 holdfast files put --dir data m1.bin weights.bin
  $ holdfast files history --dir data m1.bin
  $ holdfast files history --dir data m1.bin --json | jq '.versions[1].version'`

/** The versions of a file: the current one and those before it. */
export function addFilesHistoryCommand(files: Command, session: Session): void {
  files
    .command('history')
    .description('list the versions of a file, newest first, also of a deleted one')
    .argument('<key>')
    .addHelpText('after', HISTORY_EXAMPLES)
    .action(async (key: string) => {
      await session.withFiles(async (storage) => {
        const versions = await storage.history(key)
        if (versions.length === 0) throw noVersion(key)
        if (session.output.json) return await session.output.document({ key, versions })
        await session.output.table(
          HISTORY_COLUMNS,
          versions.map(({ version, bytes, updated_at: stored, current }) => [
            version,
            bytes,
            stored,
            current ? '*' : '',
          ]),
        )
      })
    })
}

interface RestoreFlags extends BackupFlags {
  readonly ifAbsent?: boolean
  readonly ifMatch?: string
}

const RESTORE_EXAMPLES = `
Examples:
  $ holdfast files restore --dir data models/m1.bin 2
  $ holdfast files restore --dir restored --from /mnt/backup/data`

export function addFilesRestoreCommand(files: Command, session: Session): void {
  const command = files
    .command('restore')
    .description('store an earlier version again, or restore a backup into a new directory')
    .argument('[key]')
    .argument('[version]', 'as history prints it; the file that it replaces is kept in turn')
    .option('--if-absent', 'only where there is no file under the key')
    .option('--if-match <etag>', 'only where the file still has this etag')
  addBackupFlags(command)
    .addHelpText('after', RESTORE_EXAMPLES)
    .action(async (key: string | undefined, version: string | undefined, flags: RestoreFlags) => {
      const { from, ifAbsent, ifMatch } = flags
      if (from !== undefined) {
        if (key !== undefined || ifAbsent === true || ifMatch !== undefined)
          throw new CliError('CLI-USAGE-001', 'A backup of files is restored whole: name no key')
        return await restoreFiles(session, from, flags)
      }
      if (key === undefined || version === undefined)
        throw new CliError(
          'CLI-USAGE-001',
          'Name a key and a version, or a backup: --from DIRECTORY',
        )
      await session.withFiles(async (storage) => {
        const info = await storage.restoreVersion(key, version, { ifAbsent, ifMatch })
        if (info === undefined) throw noVersion(key, version)
        if (session.output.json) return await session.output.document(info)
        await session.output.talk(`Restored ${info.bytes} bytes under ${key}`)
      }, CHANGES)
    })
}

const CHANGES = { changes: true }

interface PruneFlags {
  readonly keepVersions?: number
  readonly keepVersionsDays?: number
  readonly yes?: boolean
}

export function addFilesPruneCommand(files: Command, session: Session): void {
  files
    .command('prune')
    .description('remove earlier versions; asks on a terminal, needs --yes elsewhere')
    .argument('[prefix]', 'of the keys; all by default', '')
    .option(
      '--keep-versions <number>',
      'how many of each key stay; by default as set',
      parseInteger,
    )
    .option('--keep-versions-days <days>', 'only those replaced since then stay', parseInteger)
    .option('-y, --yes', 'do not ask')
    .action(async (prefix: string, { yes, ...keep }: PruneFlags) => {
      const question = `Remove earlier versions of ${prefix === '' ? 'all keys' : `keys with ${prefix}`}?`
      if (yes !== true && !(await confirm(session.environment, question)))
        return await session.output.talk('Nothing was removed')
      await session.withFiles(async (storage) => {
        const removed = await storage.pruneVersions({ prefix, ...keep })
        if (session.output.json) return await session.output.document({ prefix, removed })
        await session.output.talk(`Removed ${counted(removed, 'version')}`)
      }, CHANGES)
    })
}

/** The error for a version that is not kept, or a key without any. */
export function noVersion(key: string, version?: string): CliError {
  const message =
    version === undefined
      ? `There is no file ${key}, and no version of it is kept`
      : `There is no version ${version} of ${key}; files history ${key} lists them`
  return new CliError('CLI-NOTFOUND-001', message, { context: { key } })
}
