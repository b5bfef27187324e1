import type { Command } from 'commander'
import type { FileInfo } from '../../../files/file-parts.js'
import { parseInteger } from '../../global-options.js'
import type { Session } from '../../session.js'
import type { Column } from '../../table.js'

const COLUMNS: readonly Column[] = [
  { title: 'Key' },
  { title: 'Bytes', align: 'right' },
  { title: 'Kind' },
  { title: 'Stored' },
]

export function addFilesLsCommand(files: Command, session: Session): void {
  files
    .command('ls')
    .description('list the files whose keys begin with a prefix')
    .argument('[prefix]', 'all by default', '')
    .option('--limit <number>', 'at most so many', parseInteger)
    .action(async (prefix: string, { limit }: { limit?: number }) => {
      await session.withFiles(async (storage) => {
        const found: FileInfo[] = []
        if (limit !== 0) {
          for await (const file of storage.files({ prefix })) if (found.push(file) === limit) break
        }
        if (session.output.json) return await session.output.document(found)
        await session.output.table(
          COLUMNS,
          found.map(({ key, bytes, kind, updated_at: stored }) => [key, bytes, kind, stored]),
        )
      })
    })
}
