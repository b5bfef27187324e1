import type { Command } from 'commander'
import { EXIT } from '../../exit-codes.js'
import type { Session } from '../../session.js'

export function addFilesVerifyCommand(files: Command, session: Session): void {
  files
    .command('verify')
    .description('read every file and check it; status 5 when something is damaged')
    .argument('[prefix]', 'all by default', '')
    .action(async (prefix: string) => {
      await session.withFiles(async (storage) => {
        const report = await storage.verify({ prefix })
        if (report.problems.length > 0) session.exitCode = EXIT.integrity
        if (session.output.json) return await session.output.document(report)
        for (const { key, code, message } of report.problems)
          await session.output.data(`${key}: ${code} ${message}\n`)
        await session.output.talk(
          `${report.checked} files checked, ${report.problems.length} damaged`,
        )
      })
    })
}
