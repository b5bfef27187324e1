import { counted } from '../counted.js'
import type { Command } from 'commander'
import type { FileStorage } from '../../files/file-storage.js'
import { isLoss } from '../../files/verify.js'
import { EXIT } from '../errors.js'
import type { Session } from '../session.js'
import { showFacts } from '../output.js'

const VERIFY_EXAMPLES = `
The exit status is 5 when a file is damaged, or a payload is there without its
document. Files of other programs are reported, but are not damage. Files that
could not be kept are reported each time until they are accepted.

Examples:
  $ holdfast files verify --dir data
  $ holdfast files verify --dir data --repair
  $ holdfast files verify --dir data --accept`

interface VerifyFlags {
  readonly repair?: boolean
  readonly accept?: boolean
}

export function addFilesVerifyCommand(files: Command, session: Session): void {
  files
    .command('verify')
    .description('read every file and check it; status 5 when something is damaged')
    .argument('[prefix]', 'all by default; with one, strays are not looked for', '')
    .option(
      '--repair',
      'put payloads without a document, and a damaged journal, aside; nothing is removed',
    )
    .option('--accept', 'report files that could not be kept for the last time')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(async (prefix: string, { repair = false, accept = false }: VerifyFlags) => {
      const check = async (storage: FileStorage): Promise<void> => {
        const { output } = session
        const report = await storage.verify({ prefix, repair, accept })
        const lost = report.lost.filter(({ accepted }) => !accepted)
        const damaged = report.problems.length + report.strays.filter(isLoss).length + lost.length
        if (damaged > 0) session.exitCode = EXIT.integrity
        if (output.json) return await output.document(report)
        for (const { key, version, code, message } of report.problems)
          await output.line(
            `${key}${version === undefined ? '' : ` (version ${version})`}: ${code} ${message}`,
          )
        for (const { path, kind, quarantined } of report.strays)
          await output.line(
            `${path}: ${kind}${quarantined === undefined ? '' : ` -> ${quarantined}`}`,
          )
        for (const { path, reason, accepted } of report.lost)
          await output.line(`${path}: lost-file ${reason}${accepted ? ' (accepted)' : ''}`)
        await output.talk(
          `${counted(report.checked, 'file')}${report.versions_checked === 0 ? '' : ` and ${counted(report.versions_checked, 'version')}`} checked, ${damaged} damaged, ${report.strays.length} strays`,
        )
      }
      await session.withFiles(check, { repairJournal: repair })
    })
}

const HEALTH_EXAMPLES = `
Examples:
  $ holdfast files health --dir data
  $ holdfast files health --dir data --json | jq -r '.reasons[].code'`

export function addFilesHealthCommand(files: Command, session: Session): void {
  files
    .command('health')
    .description(
      'tell whether files can be stored and read; asks the cloud, if there is one; status 7 when not',
    )
    .addHelpText('after', HEALTH_EXAMPLES)
    .action(async () => await showFilesHealth(session))
}

/** Shows the health of a storage of files; the reasons as warnings. */
export async function showFilesHealth(session: Session): Promise<void> {
  await session.withFiles(async (storage) => {
    const health = await storage.getHealthStatus({ askCloud: true })
    if (health.status === 'unhealthy') session.exitCode = EXIT.unavailable
    if (session.output.json) return await session.output.document(health)
    const { reasons, ...facts } = health
    await showFacts(session.output, facts)
    for (const { code, message } of reasons) await session.output.warn(`${code}: ${message}`)
  })
}

export function addFilesSyncCommand(files: Command, session: Session): void {
  files
    .command('sync')
    .description(
      'give the cloud what it has missed during an outage; status 7 when something is left',
    )
    .action(async () => {
      await session.withFiles(async (storage) => {
        const report = await storage.sync()
        if (report.pending > 0) session.exitCode = EXIT.unavailable
        if (session.output.json) return await session.output.document(report)
        for (const { key, code } of report.failed) await session.output.line(`${key}: ${code}`)
        await session.output.talk(
          `${counted(report.replayed, 'change')} replayed, ${report.pending} pending`,
        )
      })
    })
}
