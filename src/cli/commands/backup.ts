import { counted } from '../counted.js'
import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import type { BackupOptions, BackupReport } from '../../engine/backup/backup-options.js'
import { listBackups, verifyBackups } from '../../engine/backup/backups.js'
import type { BackupInfo, BackupVerifyReport } from '../../engine/backup/verify-backups.js'
import { supports } from '../../versions/supports.js'
import { CliError, EXIT } from '../errors.js'
import { holdsFiles, isFileStore, type Store } from '../open-store.js'
import type { Output } from '../output.js'
import type { Session } from '../session.js'

const EXAMPLES = `
The first backup in a directory copies everything, the following ones what is
new since. Any process may write meanwhile. --verify has status 5 when a backup
is damaged. A snapshot is on the same disk, and lost with it.

Examples:
  $ holdfast backup --dir prompts /mnt/backup/prompts
  $ holdfast backup --list /mnt/backup/prompts
  $ holdfast backup --verify /mnt/backup/prompts
  $ holdfast backup --dir prompts - | ssh archive 'cat > prompts.tar'
  $ holdfast backup --store sqlite:prompts.db /mnt/backup/prompts-1.db`

interface BackupFlags {
  readonly full?: boolean
  readonly snapshot?: boolean
  readonly list?: boolean
  readonly verify?: boolean
}

export function addBackupCommand(program: Command, session: Session): void {
  backupCommand(
    program,
    session,
    'back the store up, of any kind, into a directory',
    async (to, options) => {
      let report: BackupReport | undefined
      try {
        await session.withStore(async (store) => {
          if (isFileStore(store)) report = await store.backup(to, options)
          else if (isCopied(store)) await copyStore(session, store, to, options)
          else await session.withFileStore('backup', async () => await Promise.resolve())
        })
      } catch (error) {
        if (!holdsFiles(error)) throw error
        await session.withFiles(async (files) => void (report = await files.backup(to, options)))
      }
      return report
    },
  )
}

/** A store that is one file. */
type Copied = Store & { backup(to: string): Promise<void> }

function isCopied(store: Store): store is Copied {
  return supports(store, 'wholeCopy')
}

async function copyStore(
  { output }: Session,
  store: Copied,
  to: string | Writable,
  { full = false, snapshot = false }: BackupOptions,
): Promise<void> {
  if (typeof to !== 'string' || full || snapshot)
    throw new CliError(
      'CLI-USAGE-001',
      'This store is copied as a whole, into one new file: name the file, without --full and --snapshot',
    )
  await store.backup(to)
  if (output.json) await output.document({ path: to })
  else await output.line(to)
}

export function addFilesBackupCommand(files: Command, session: Session): void {
  backupCommand(files, session, 'back the files up into a directory', async (to, options) => {
    let report: BackupReport | undefined
    await session.withFiles(async (storage) => void (report = await storage.backup(to, options)))
    return report
  })
}

type BackUp = (to: string | Writable, options: BackupOptions) => Promise<BackupReport | undefined>

function backupCommand(
  parent: Command,
  session: Session,
  description: string,
  backUp: BackUp,
): void {
  parent
    .command('backup')
    .description(description)
    .argument(
      '<directory>',
      'where the backups of this store are, made if it is missing; - for a tar archive on standard output',
    )
    .option('--full', 'copy everything again, and need nothing of earlier backups')
    .option('--snapshot', 'hard links on the same file system in place of copies')
    .option('-l, --list', 'make no backup, and list those there are')
    .option('--verify', 'make no backup, and check those there are')
    .addHelpText('after', EXAMPLES)
    .action(async (directory: string, flags: BackupFlags) => {
      const { full = false, snapshot = false, list = false, verify = false } = flags
      if (list && verify) throw new CliError('CLI-USAGE-001', 'Either --list or --verify, not both')
      if ((list || verify) && (full || snapshot))
        throw new CliError('CLI-USAGE-001', '--full and --snapshot make a backup: leave them out')
      if (list) return await showList(session.output, await listBackups(directory))
      if (verify) return await showCheck(session, await verifyBackups(directory))
      const { signal } = session.environment
      const { output } = session
      if (directory !== '-') {
        const report = await backUp(directory, { full, snapshot, signal })
        if (report !== undefined) await showReport(output, report)
        return
      }
      const { stdout } = session.environment
      if (output.json || stdout.isTTY)
        throw new CliError(
          'CLI-USAGE-001',
          'The archive goes to standard output: leave out --json, and send it to a file or pipe',
        )
      const report = await backUp(stdout, { full, snapshot, signal })
      if (report !== undefined) {
        await warnOf(output, report)
        await talkOf(output, report)
      }
    })
}

async function showReport(output: Output, report: BackupReport): Promise<void> {
  await warnOf(output, report)
  if (output.json) return await output.document(report)
  await output.line(report.path)
  await talkOf(output, report)
}

/** What is not in the backup, and why. */
async function warnOf(output: Output, report: BackupReport): Promise<void> {
  if (report.chain_broken !== undefined)
    await output.warn(`A full backup was made: ${report.chain_broken}`)
  const lost = report.lost.files.length + report.lost.omitted
  if (lost > 0)
    await output.warn(`${counted(lost, 'file')} that the store has lost are not in it: see verify`)
  for (const { path, kind } of report.left_out)
    await output.warn(
      `${path} is not in it: ${kind === 'name' ? 'its name has bytes that no path may have' : 'it is neither a file nor a directory'}`,
    )
  if (report.left_out_omitted > 0)
    await output.warn(`${report.left_out_omitted} more entries are not in it`)
}

/** What there is to say of a backup beside its place. */
async function talkOf(output: Output, report: BackupReport): Promise<void> {
  const what = `${report.full ? 'Full' : 'Incremental'} ${report.snapshot ? 'snapshot' : 'backup'}`
  await output.talk(
    `${what} ${report.sequence} as of ${report.at}: ${counted(report.files, 'file')}, ${report.added_files} added, ${report.removed_files} removed; writers waited ${report.writers_held_ms} ms`,
  )
}

async function showList(output: Output, backups: readonly BackupInfo[]): Promise<void> {
  if (output.json) return await output.document(backups)
  const columns = [
    { title: 'Backup', align: 'right' },
    { title: 'As of' },
    { title: 'Kind' },
    { title: 'Files', align: 'right' },
    { title: 'Bytes', align: 'right' },
    { title: 'Damage' },
  ] as const
  const rows = backups.map(({ sequence, at, full, snapshot, files, bytes, damage }) => [
    sequence,
    at ?? '',
    `${full === true ? 'full' : full === false ? 'incremental' : ''}${snapshot === true ? ', snapshot' : ''}`,
    files ?? '',
    bytes ?? '',
    damage ?? '',
  ])
  await output.table(columns, rows)
}

async function showCheck(session: Session, report: BackupVerifyReport): Promise<void> {
  const { output } = session
  if (!report.ok) session.exitCode = EXIT.integrity
  if (output.json) return await output.document(report)
  for (const { backup, path, problem, detail } of report.findings)
    await output.line(`${backup}: ${path}: ${problem}${detail === undefined ? '' : ` (${detail})`}`)
  await output.talk(
    `${counted(report.backups.length, 'backup')}, ${counted(report.checked_files, 'file')} checked, ${counted(report.findings.length, 'finding')}`,
  )
}
