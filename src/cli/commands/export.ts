import { Option, type Command } from 'commander'
import { exportPrompts, type ExportReport } from '../../interchange/export-prompts.js'
import { FORMATS, type Format } from '../../interchange/read-items.js'
import { EXIT } from '../errors.js'
import { given, repeatable } from '../repeatable.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Formats: json, a directory with a file for each version; dotprompt, a directory
with a file for each prompt; git, a repository whose commits are the versions;
langfuse and promptfoo, a JSON file. docs/interchange.md says what each keeps.

Files with another content are not replaced unless --overwrite is given. An
export can be repeated: the same versions give the same files and commits.

Examples:
  $ holdfast export --dir prompts --format git prompts.git
  $ holdfast export --dir prompts --format dotprompt out --reference @production
  $ holdfast export --dir prompts --format langfuse out.json --prompt greeting`

interface ExportArguments {
  readonly format: Format
  readonly prompt?: readonly string[]
  readonly reference?: string
  readonly branch?: string
  readonly overwrite?: boolean
  readonly dryRun?: boolean
}

export function addExportCommand(program: Command, session: Session): void {
  program
    .command('export')
    .description('write prompts as files of another program, or as a git repository')
    .argument('<target>', 'the directory, repository or file that is written')
    .addOption(
      new Option('--format <format>', 'what is written').choices(FORMATS).makeOptionMandatory(),
    )
    .addOption(repeatable('--prompt <id>', 'a prompt that is exported (default: all)'))
    .option('--reference <reference>', 'one version of each prompt, such as latest or @production')
    .option('--branch <branch>', 'git: the branch that gets the commits (default: main)')
    .option('--overwrite', 'replace files with another content')
    .option('-n, --dry-run', 'write nothing, and tell what would be written')
    .addHelpText('after', EXAMPLES)
    .action(async (to: string, options: ExportArguments) => {
      const { prompt: promptIds, format, ...rest } = options
      await session.withStore(async (storage) => {
        const chosen = given({ promptIds, ...rest })
        const report = await exportPrompts({ storage, format, to, ...chosen })
        await show(session, report, rest.dryRun === true)
      })
    })
}

async function show(session: Session, report: ExportReport, isDry: boolean): Promise<void> {
  const { output } = session
  const { written, unchanged, refused } = report.totals
  if (refused > 0) session.exitCode = EXIT.failure
  if (output.json) return await output.document({ ...(isDry ? { dry_run: true } : {}), ...report })
  for (const { prompt_id: id, version, outcome, reason, lost } of report.items) {
    if (outcome === 'refused') await output.warn(`refused: ${id} ${version}: ${reason ?? ''}`)
    if (lost !== undefined) await output.talk(`${id} ${version}: without ${lost.join(', ')}`)
  }
  await output.talk(
    `${isDry ? 'Nothing was written: ' : ''}${written} written, ${unchanged} unchanged, ${refused} refused`,
  )
}
