import { Option, type Command } from 'commander'
import { reportOfRun } from '../../optimizer/run/optimizer-run.js'
import type { RunReport } from '../../optimizer/run/run-report.js'
import { htmlReport } from '../../optimizer/reports/html-report.js'
import { markdownReport, type ReportOptions } from '../../optimizer/reports/markdown-report.js'
import { promptHistories } from '../../optimizer/reports/prompt-history.js'
import { CliError } from '../errors.js'
import type { Session } from '../session.js'
import { writeNewFile } from '../write-new-file.js'

const EXAMPLES = `
The report has scores, effect with interval and p-value, spend, differences,
cases that got better and worse, and the versions and labels that the store has.
The HTML is one file without scripts, which needs no network.

Examples:
  $ holdfast optimize report shop-1f3a90bc --dir prompts
  $ holdfast optimize report shop-1f3a --dir prompts --format html -o shop.html`

const FORMATS = ['markdown', 'html', 'json'] as const

interface ReportArguments {
  readonly format?: (typeof FORMATS)[number]
  readonly output?: string
}

export function addReportCommand(optimize: Command, session: Session): void {
  optimize
    .command('report')
    .description('print the report of a run that has ended')
    .argument('<run>', 'the name of the run')
    .addOption(new Option('--format <format>', 'how (default: markdown)').choices(FORMATS))
    .option('-o, --output <file>', 'a file that is written in place of standard output')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, { format = 'markdown', output: file }: ReportArguments) => {
      const { output } = session
      await session.withStore(async (storage) => {
        const report = await reportOfRun(name, storage)
        if (output.json) {
          if (file !== undefined)
            throw new CliError('CLI-USAGE-001', 'Either --json or --output, not both')
          return await output.document(report)
        }
        const ids = report.prompts.map(({ prompt_id: id }) => id)
        const histories = await promptHistories(storage, ids)
        const text = rendered(report, format, { histories })
        if (file === undefined) return await output.data(text)
        await writeNewFile(file, text)
        await output.talk(`Written to ${file}`)
      })
    })
}

function rendered(
  report: RunReport,
  format: (typeof FORMATS)[number],
  options: ReportOptions,
): string {
  switch (format) {
    case 'markdown':
      return markdownReport(report, options)
    case 'html':
      return htmlReport(report, options)
    case 'json':
      return `${JSON.stringify(report, undefined, 2)}\n`
  }
}
