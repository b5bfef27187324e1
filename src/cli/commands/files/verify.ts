import type { Command } from 'commander'
import type { FileStorage } from '../../../files/file-storage.js'
import { isLoss } from '../../../files/verify.js'
import { EXIT } from '../../exit-codes.js'
import type { Session } from '../../session.js'

const EXAMPLES = `
The exit status is 5 when a file is damaged, or a payload lies there without its document. Files of other programs are
reported, but are no damage. Files that could not be kept are reported each time until they are accepted.

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
    .addHelpText('after', EXAMPLES)
    .action(async (prefix: string, { repair = false, accept = false }: VerifyFlags) => {
      const check = async (storage: FileStorage): Promise<void> => {
        const { output } = session
        const report = await storage.verify({ prefix, repair, accept })
        const lost = report.lost.filter(({ accepted }) => !accepted)
        const damaged = report.problems.length + report.strays.filter(isLoss).length + lost.length
        if (damaged > 0) session.exitCode = EXIT.integrity
        if (output.json) return await output.document(report)
        for (const { key, code, message } of report.problems)
          await output.line(`${key}: ${code} ${message}`)
        for (const { path, kind, quarantined } of report.strays)
          await output.line(
            `${path}: ${kind}${quarantined === undefined ? '' : ` -> ${quarantined}`}`,
          )
        for (const { path, reason, accepted } of report.lost)
          await output.line(`${path}: lost-file ${reason}${accepted ? ' (accepted)' : ''}`)
        await output.talk(
          `${report.checked} files checked, ${damaged} damaged, ${report.strays.length} strays`,
        )
      }
      await session.withFiles(check, { repairJournal: repair })
    })
}
