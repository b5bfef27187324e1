import type { Command } from 'commander'
import type { FileInfo } from '../../../files/file-parts.js'
import { checkForm, ndjsonOption, parseInteger } from '../../global-options.js'
import type { Session } from '../../session.js'
import type { Column } from '../../table.js'

const COLUMNS: readonly Column[] = [
  { title: 'Key' },
  { title: 'Bytes', align: 'right' },
  { title: 'Kind' },
  { title: 'Stored' },
]

interface LsOptions {
  readonly limit?: number
  readonly ndjson?: boolean
}

export function addFilesLsCommand(files: Command, session: Session): void {
  files
    .command('ls')
    .description('list the files whose keys begin with a prefix')
    .argument('[prefix]', 'all by default', '')
    .option('--limit <number>', 'at most so many', parseInteger)
    .addOption(ndjsonOption())
    .action(async (prefix: string, { limit, ndjson }: LsOptions) => {
      checkForm(session.output.json, { ndjson })
      await session.withFiles(async (storage) => {
        const found: FileInfo[] = []
        if (limit !== 0) {
          for await (const file of storage.files({ prefix })) if (found.push(file) === limit) break
        }
        if (session.output.json) return await session.output.document({ prefix, files: found })
        if (ndjson === true) return await session.output.lines(found)
        await session.output.table(
          COLUMNS,
          found.map(({ key, bytes, kind, updated_at: stored }) => [key, bytes, kind, stored]),
        )
      })
    })
}
