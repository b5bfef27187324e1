import type { Command } from 'commander'
import type { Session } from '../../session.js'
import { noFile } from './no-file.js'

export function addFilesStatCommand(files: Command, session: Session): void {
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
