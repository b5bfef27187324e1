import type { Command } from 'commander'
import type { Session } from '../../session.js'
import { noFile } from './no-file.js'

interface CopyOptions {
  readonly ifAbsent?: boolean
  readonly move?: boolean
}

export function addFilesCpCommand(files: Command, session: Session): void {
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
      })
    })
}
