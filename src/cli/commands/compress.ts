import { counted } from '../counted.js'
import { Option, type Command } from 'commander'
import type { CompressReport } from '../../versions/file-system/compress.js'
import type { CompressedForm } from '../../versions/file-system/version-codec.js'
import { CliError } from '../errors.js'
import { parseAge, parseInteger } from '../global-options.js'
import { given } from '../repeatable.js'
import type { Session } from '../session.js'

const COMPRESS_EXAMPLES = `
A compressed version is read like any other, and by hand with zcat. The latest
version of a prompt always stays as it is.

Examples:
  $ holdfast compress --dir prompts --keep-last 10 --older-than 30d --dry-run
  $ holdfast compress --dir prompts greeting --keep-last 3`

interface CompressCommandOptions {
  readonly keepLast?: number
  readonly olderThan?: number
  readonly minBytes?: number
  readonly format?: CompressedForm
  readonly dryRun?: boolean
}

export function addCompressCommand(program: Command, session: Session): void {
  program
    .command('compress')
    .description('compress the files of old versions: X.Y.Z.json becomes X.Y.Z.json.gz')
    .argument('[prompt-id]', 'of this prompt alone (default: of all)')
    .option('--keep-last <n>', 'leave the highest versions plain, this many', parseInteger, 1)
    .addOption(
      new Option(
        '--older-than <time>',
        'only those that were saved longer ago than a time such as 30d, 12h or 4w',
      ).argParser(parseAge),
    )
    .option('--min-bytes <n>', 'only files of at least this size (default: 0)', parseInteger)
    .addOption(
      new Option('--format <form>', 'zstd needs Node 22.15 wherever the store is opened')
        .choices(['gzip', 'zstd'])
        .default('gzip'),
    )
    .option('-n, --dry-run', 'change nothing, and print what would be done')
    .addHelpText('after', COMPRESS_EXAMPLES)
    .action(async (promptId: string | undefined, options: CompressCommandOptions) => {
      const { olderThan: olderThanDays, ...others } = options
      await session.withFileStore('compress', async (store) => {
        const report = await store.compress({ ...others, ...given({ promptId, olderThanDays }) })
        await show(session, report, 'compressed')
      })
    })
}

const DECOMPRESS_EXAMPLES = `
Examples:
  $ holdfast decompress --dir prompts --dry-run
  $ holdfast decompress --dir prompts greeting`

export function addDecompressCommand(program: Command, session: Session): void {
  program
    .command('decompress')
    .description('make compressed versions plain files again')
    .argument('[prompt-id]', 'of this prompt alone (default: of all)')
    .option('-n, --dry-run', 'change nothing, and print what would be done')
    .addHelpText('after', DECOMPRESS_EXAMPLES)
    .action(async (promptId: string | undefined, options: { readonly dryRun?: boolean }) => {
      await session.withFileStore('decompress', async (store) => {
        const report = await store.decompress({ ...options, ...given({ promptId }) })
        await show(session, report, 'decompressed')
      })
    })
}

async function show({ output }: Session, report: CompressReport, done: string): Promise<void> {
  if (output.json) return await output.document(report)
  const { versions, skipped, bytes_before: before, bytes_after: after } = report
  if (report.dry_run)
    await output.table(
      [
        { title: 'Prompt' },
        { title: 'Version', whole: true },
        { title: 'Bytes', whole: true },
        { title: 'Then', whole: true },
      ],
      versions.map((one) => [
        one.prompt_id,
        one.version,
        String(one.bytes_before),
        String(one.bytes_after),
      ]),
    )
  for (const { prompt_id, version, reason } of skipped)
    if (reason === 'damaged')
      await output.warn(`Version ${version} of ${prompt_id} is damaged, and stays as it is`)
  const what = `${versions.length} version${versions.length === 1 ? '' : 's'}`
  const sizes = `${before} bytes, then ${after}`
  await output.talk(
    report.dry_run
      ? `Nothing was changed: ${what} would be ${done} (${sizes})`
      : `${what} ${done} (${sizes})`,
  )
}

const RESHARD_EXAMPLES = `
Other processes go on reading and writing meanwhile. If it is interrupted, the
same command continues it.

Examples:
  $ holdfast reshard --dir prompts --depth 2
  $ holdfast reshard --dir prompts --none`

export function addReshardCommand(program: Command, session: Session): void {
  program
    .command('reshard')
    .description('spread the prompts over directories named by a hash, or over none')
    .addOption(
      new Option('--depth <n>', "hex digits of the directories' names, 1 to 4").argParser(
        parseInteger,
      ),
    )
    .addOption(new Option('--none', 'without such directories').conflicts('depth'))
    .addHelpText('after', RESHARD_EXAMPLES)
    .action(async ({ depth, none }: { readonly depth?: number; readonly none?: boolean }) => {
      if (depth === undefined && none !== true)
        throw new CliError('CLI-USAGE-001', 'Say how: --depth with 1 to 4, or --none')
      await session.withFileStore('reshard', async (store) => {
        const report = await store.reshard(none === true ? { enabled: false } : given({ depth }))
        if (session.output.json) return await session.output.document(report)
        for (const path of report.left)
          await session.output.warn(`${path} stays: it holds files of another program`)
        await session.output.talk(
          `Moved ${counted(report.moved_versions, 'version')} of ${counted(report.moved_prompts, 'prompt')}`,
        )
      })
    })
}
