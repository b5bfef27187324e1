import { counted } from '../counted.js'
import { Option, type Command } from 'commander'
import { parseInteger } from '../global-options.js'
import { given } from '../repeatable.js'
import type { Session } from '../session.js'

interface UsedOptions {
  readonly limit?: number
  readonly topN?: number
}

/** Under its former name, which the scripts that came before have. */
const topNOption = (): Option => new Option('--top-n <n>').argParser(parseInteger).hideHelp()

const TOP = 20

const CACHE_EXAMPLES = `
Processes write what they count once a minute, at checkpoints and when they
close the store. A use is worth half after every seven days.

Example:
  $ holdfast cache --dir prompts --limit 10`

export function addCacheCommand(program: Command, session: Session): void {
  program
    .command('cache')
    .description('print how often documents came from memory lately, and which were used most')
    .option('--limit <n>', `print at most this many documents (default: ${TOP})`, parseInteger)
    .addOption(topNOption())
    .addHelpText('after', CACHE_EXAMPLES)
    .action(async ({ topN = TOP, limit = topN }: UsedOptions) => {
      await session.withFileStore('cache', async (store) => {
        const usage = await store.cacheUsage({ limit })
        const { hits = 0, misses = 0, hit_rate = 0, documents = [] } = usage ?? {}
        const { output } = session
        if (output.json) return await output.document({ hits, misses, hit_rate, documents })
        await output.table(
          [
            { title: 'Prompt' },
            { title: 'Version', whole: true },
            { title: 'Uses', align: 'right' },
            { title: 'Last used' },
          ],
          documents.map(({ prompt_id, version, uses, last_used }) => [
            prompt_id,
            version,
            uses.toFixed(1),
            last_used,
          ]),
        )
        await output.talk(
          `${hits.toFixed(1)} hits, ${misses.toFixed(1)} misses: ${(100 * hit_rate).toFixed(1)}% from memory`,
        )
      })
    })
}

const WARM_EXAMPLE = `
The documents are in the memory of the system afterwards, where the next
process finds them; its own cache is warmed by warmCache().

Example:
  $ holdfast warm --dir prompts --limit 100`

export function addWarmCommand(program: Command, session: Session): void {
  program
    .command('warm')
    .description('read the documents that were used most, then the latest ones of other prompts')
    .option(
      '--limit <n>',
      'read at most this many (default: as many as a cache has by default)',
      parseInteger,
    )
    .addOption(topNOption())
    .addHelpText('after', WARM_EXAMPLE)
    .action(async ({ topN, limit = topN }: UsedOptions) => {
      await session.withFileStore('warm', async (store) => {
        const read = await store.warmCache(given({ limit }))
        if (session.output.json) return await session.output.document({ documents_read: read })
        await session.output.talk(`Read ${counted(read, 'document')}`)
      })
    })
}
