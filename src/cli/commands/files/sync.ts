import type { Command } from 'commander'
import { EXIT } from '../../exit-codes.js'
import type { Session } from '../../session.js'

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
        await session.output.talk(`${report.replayed} changes replayed, ${report.pending} pending`)
      })
    })
}
