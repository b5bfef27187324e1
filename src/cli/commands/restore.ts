import { counted } from '../counted.js'
import type { Command } from 'commander'
import { isStorageError, StorageError } from '../../base/errors.js'
import type { BackupOrigin, RestoreOptions } from '../../engine/backup/backup-options.js'
import { FileStorage } from '../../files/file-storage.js'
import { FileSystemStorage } from '../../versions/file-system/file-system-storage.js'
import type { RestoreStoreReport } from '../../versions/file-system/restore-store.js'
import { asOfTime, asOfUndated, asUsage, type AsOfArguments } from '../as-of.js'
import { CliError, EXIT } from '../errors.js'
import { placeOptions } from '../open-store.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Without --from, a deleted version comes back from the trash. With it, the backup
in that directory is restored into --dir, which must be missing or empty; a
prompt alone is restored into the store in --dir, as versions that it has not.
With --as-of, the state of that time is restored: from the first backup of that
time or later, whose later changes are taken back.

Examples:
  $ holdfast restore --dir prompts my-flow_llm 1.0.2
  $ holdfast restore --dir restored --from /mnt/backup/prompts
  $ holdfast restore --dir prompts my-flow_llm --from /mnt/backup/prompts
      --backup 2026-11-29T21:00:00Z
  $ holdfast restore --dir restored --from /mnt/backup/prompts
      --as-of 2026-11-29T20:15:00Z`

/** As `BackupFlags`, for a store of prompts. */
type RestoreFlags = BackupFlags & AsOfArguments

/** Their values. */
export interface BackupFlags {
  readonly from?: string
  readonly backup?: string
  readonly allowDamaged?: boolean
}

export function addRestoreCommand(program: Command, session: Session): void {
  const command = program
    .command('restore')
    .description('bring a deleted version back from the trash, or a store or prompt from a backup')
    .argument('[prompt-id]')
    .argument('[version]', 'the one in the trash')
  addBackupFlags(command)
    .addOption(asOfTime())
    .addOption(asOfUndated())
    .addHelpText('after', EXAMPLES)
    .action(
      async (promptId: string | undefined, version: string | undefined, flags: RestoreFlags) => {
        const { from } = flags
        checkAsOfFlags(flags, promptId)
        if (from === undefined) return await fromTrash(session, promptId, version, flags)
        if (version !== undefined)
          throw new CliError(
            'CLI-USAGE-001',
            'A backup restores all versions of a prompt: leave the version out',
          )
        if (promptId === undefined) return await restoreStore(session, from, flags)
        await restorePrompt(session, promptId, from, flags)
      },
    )
}

/** @throws CliError for flags that do not go together */
function checkAsOfFlags(
  { from, backup, asOf, undated }: RestoreFlags,
  promptId: string | undefined,
): void {
  if (asOf === undefined) {
    if (undated !== undefined) throw new CliError('CLI-USAGE-001', '--undated goes with --as-of')
    return
  }
  if (from === undefined) throw new CliError('CLI-USAGE-001', '--as-of goes with --from only')
  if (backup !== undefined)
    throw new CliError('CLI-USAGE-001', '--as-of chooses the backup: leave --backup out')
  if (promptId !== undefined)
    throw new CliError('CLI-USAGE-001', '--as-of restores all prompts: leave the prompt out')
}

async function restoreStore(session: Session, from: string, flags: RestoreFlags): Promise<void> {
  const { asOf, undated } = flags
  await restoreAll(session, flags, async (options) => {
    try {
      const past = {
        ...(asOf !== undefined && { asOf }),
        ...(undated !== undefined && { undated }),
      }
      return await FileSystemStorage.restore(originOf(session, from), { ...options, ...past })
    } catch (error) {
      throw asUsage(error)
    }
  })
}

/** Restores a backup of files into a new directory. */
export async function restoreFiles(
  session: Session,
  from: string,
  flags: BackupFlags,
): Promise<void> {
  await restoreAll(session, flags, async (options) =>
    FileStorage.restore(originOf(session, from), options),
  )
}

/** The options of a restore from a backup. */
export function addBackupFlags(command: Command): Command {
  return command
    .option(
      '--from <directory>',
      'the directory of the backups; - for a tar archive on standard input',
    )
    .option(
      '--backup <which>',
      'its number, or a time: the last one until then (default: the last)',
    )
    .option('--allow-damaged', 'restore what is whole when files of the backup are damaged')
}

async function fromTrash(
  session: Session,
  promptId: string | undefined,
  version: string | undefined,
  { backup, allowDamaged }: BackupFlags,
): Promise<void> {
  if (promptId === undefined || version === undefined)
    throw new CliError(
      'CLI-USAGE-001',
      'Name a prompt and a version, or a backup: --from DIRECTORY',
    )
  if (backup !== undefined || allowDamaged === true)
    throw new CliError('CLI-USAGE-001', '--backup and --allow-damaged go with --from only')
  await session.withFileStore('restore', async (store) => {
    if (!(await store.restoreVersion(promptId, version))) throw notInTrash(promptId, version)
    const restored = { prompt_id: promptId, version, restored: true }
    if (session.output.json) return await session.output.document(restored)
    await session.output.talk(`Restored version ${version} of ${promptId}`)
  })
}

async function restoreAll(
  session: Session,
  flags: BackupFlags,
  restore: (options: RestoreOptions) => Promise<RestoreStoreReport>,
): Promise<void> {
  const { signal } = session.environment
  const { directory, ...place } = await placeOptions(session.environment, session.options)
  const { allowDamaged = false } = flags
  const options = { ...place, to: directory, ...which(flags), allowDamaged, signal }
  const report = await restore(options)
  const { output } = session
  if (report.damaged.length > 0) session.exitCode = EXIT.integrity
  if (output.json) return await output.document(report)
  for (const { path, reason, backup } of report.damaged)
    await output.line(`${backup}: ${path}: ${reason}`)
  await output.talk(
    `Restored backup ${report.backup} as of ${report.at}: ${counted(report.files, 'file')}, ${report.damaged.length} damaged`,
  )
  const { as_of: asOf } = report
  if (asOf !== undefined)
    await output.talk(
      `Brought back to ${asOf.time}: ${counted(asOf.deleted_versions, 'version')} deleted, ${asOf.restored_versions} restored, ${asOf.moved_labels} labels moved`,
    )
}

async function restorePrompt(
  session: Session,
  promptId: string,
  from: string,
  flags: BackupFlags,
): Promise<void> {
  const { output } = session
  try {
    await session.withFileStore('restore', async (store) => {
      const options = { promptId, into: store, ...which(flags) }
      const report = await FileSystemStorage.restorePrompt(originOf(session, from), options)
      if (output.json) return await output.document(report)
      for (const version of report.restored) await output.line(version)
      await output.talk(
        `Restored ${counted(report.restored.length, 'version')} of ${promptId} from backup ${report.backup}, ${report.present.length} were there`,
      )
    })
  } catch (error) {
    const isMissing =
      isStorageError(error, 'FS-FORMAT-001') && error.context['reason'] === 'no_store'
    if (!isMissing || error.context['path'] === from) throw error
    await restoreAll(session, flags, async (options) =>
      FileSystemStorage.restore(originOf(session, from), { ...options, promptId }),
    )
  }
}

/** A directory, or standard input. */
function originOf({ environment }: Session, from: string): BackupOrigin {
  return from === '-' ? (environment.stdin as AsyncIterable<Uint8Array>) : from
}

/** A number, or a time. */
function which({ backup }: BackupFlags): { readonly backup?: number | string } {
  if (backup === undefined) return {}
  return { backup: /^\d{1,9}$/.test(backup) ? Number(backup) : backup }
}

function notInTrash(promptId: string, version: string): StorageError {
  return new StorageError(
    'OPT-VER-002',
    `Version ${version} of prompt ${promptId} is not in the trash`,
    {
      context: { prompt_id: promptId, version },
    },
  )
}
