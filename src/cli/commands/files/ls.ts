import { Option, type Command } from 'commander'
import type { FileInfo } from '../../../files/info.js'
import type { FileStorage } from '../../../files/file-storage.js'
import { FILE_ORDERS, type FileOrder } from '../../../files/listing.js'
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
  readonly order?: FileOrder
}

export function addFilesLsCommand(files: Command, session: Session): void {
  files
    .command('ls')
    .description('list the files whose keys begin with a prefix')
    .argument('[prefix]', 'all by default', '')
    .option('--limit <number>', 'at most so many', parseInteger)
    .addOption(
      new Option('--order <order>', 'by key (default), or by the time of the last store').choices(
        FILE_ORDERS,
      ),
    )
    .addOption(ndjsonOption())
    .action(async (prefix: string, { limit, ndjson, order }: LsOptions) => {
      checkForm(session.output.json, { ndjson })
      await session.withFiles(async (storage) => {
        const found = await listed(storage, prefix, limit, order)
        if (session.output.json) return await session.output.document({ prefix, files: found })
        if (ndjson === true) return await session.output.lines(found)
        await session.output.table(
          COLUMNS,
          found.map(({ key, bytes, kind, updated_at: stored }) => [key, bytes, kind, stored]),
        )
      })
    })
}

/** Page by page: one page has no more than 10,000 files. */
async function listed(
  storage: FileStorage,
  prefix: string,
  limit = Number.POSITIVE_INFINITY,
  order: FileOrder = 'key',
): Promise<readonly FileInfo[]> {
  const found: FileInfo[] = []
  let cursor: string | undefined
  do {
    const page = await storage.list({
      prefix,
      order,
      cursor,
      limit: Math.min(limit - found.length, PAGE_FILES),
    })
    for (const file of page.files) found.push(file)
    cursor = page.cursor
  } while (cursor !== undefined && found.length < limit)
  return found
}

const PAGE_FILES = 10_000
