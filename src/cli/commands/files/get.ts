import type { Command } from 'commander'
import { CliError } from '../../errors.js'
import { parseInteger } from '../../global-options.js'
import type { Session } from '../../session.js'
import { noFile } from './no-file.js'

interface GetOptions {
  readonly start?: number
  readonly end?: number
}

export function addFilesGetCommand(files: Command, session: Session): void {
  files
    .command('get')
    .description('print the content of a file')
    .argument('<key>')
    .option('--start <byte>', 'from this byte on, counted from 0', parseInteger)
    .option('--end <byte>', 'up to this byte, without it', parseInteger)
    .action(async (key: string, { start, end }: GetOptions) => {
      if (session.output.json)
        throw new CliError('CLI-USAGE-001', 'get prints the content: leave out --json, or use stat')
      const part = start === undefined && end === undefined ? undefined : { start: start ?? 0 }
      await session.withFiles(async (storage) => {
        const range = part === undefined || end === undefined ? part : { ...part, end }
        const found = await storage.retrieveStream(key, range)
        if (found === undefined) throw noFile(key)
        await session.output.content(found.body as AsyncIterable<Uint8Array>)
      })
    })
}
