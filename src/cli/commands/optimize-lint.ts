import { InvalidArgumentError, Option, type Command } from 'commander'
import { VERSION } from '../../base/version.js'
import type { Finding, FindingSeverity } from '../../optimizer/lint/finding.js'
import { formatFindings } from '../../optimizer/lint/format-findings.js'
import { lintDifyFile, type LintOptions } from '../../optimizer/lint/lint-dify-file.js'
import { findingOfRefusal } from '../../optimizer/lint/lint-refused-file.js'
import { readLintFile } from '../../optimizer/lint/read-lint-file.js'
import { toSarif } from '../../optimizer/lint/sarif.js'
import { counted } from '../counted.js'
import { CliError, EXIT } from '../errors.js'
import { parseInteger } from '../global-options.js'
import type { Output } from '../output.js'
import { printableLines } from '../printable.js'
import type { Session } from '../session.js'
import { rerunOnChange } from '../watch-files.js'
import { readWorkflowFiles, STANDARD_INPUT, type RefusedFile } from '../workflow-files.js'

const EXAMPLES = `
The rules are in docs/linting.md. A file that Dify refuses is an error. The exit
status is 1 if there is an error, a file that cannot be read, or more warnings
than --max-warnings. --format lines prints
file:line:column severity rule message, one finding on each line; sarif is what
code hosts show at the lines of a change. --watch checks again when a file
changes, until Ctrl-C.

Examples:
  $ holdfast optimize lint flow.yml
  $ holdfast optimize lint exports/ --rule unused-input=off --max-warnings 0
  $ holdfast optimize lint exports/ --format sarif > lint.sarif`

const FORMATS = ['text', 'lines', 'json', 'sarif'] as const

interface LintArguments {
  readonly format?: (typeof FORMATS)[number]
  readonly rule?: Readonly<Record<string, string>>
  readonly rulesFile?: string
  readonly maxWarnings?: number
  readonly watch?: boolean
}

export function addLintCommand(optimize: Command, session: Session): void {
  optimize
    .command('lint')
    .description('find what is probably wrong in Dify workflows')
    .argument('<file...>', 'files, directories of them, or - for standard input')
    .addOption(
      new Option('--format <format>', 'how it is printed (default: text)').choices(FORMATS),
    )
    .option(
      '--rule <rule=level>',
      'error, warning, note or off for a rule; repeatable',
      collectLevel,
    )
    .option('--rules-file <file>', 'YAML or JSON with "rules", and "overrides" for some files')
    .option('--max-warnings <n>', 'the exit status is 1 for more warnings', parseInteger)
    .option('--watch', 'check again when a file changes')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: LintArguments) => {
      const { json } = session.output
      if (json && (options.watch === true || (options.format ?? 'json') !== 'json'))
        throw new CliError('CLI-USAGE-001', 'Either --json, or --format and --watch')
      const once = async (): Promise<void> => await lint(session, paths, options)
      if (options.watch === true) await rerunOnChange(session, paths, once)
      else await once()
    })
}

function collectLevel(
  value: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, rule = '', level] = /^([\w-]+)=(\w+)$/.exec(value) ?? []
  if (level === undefined)
    throw new InvalidArgumentError('Expected RULE=LEVEL, such as no-prompt=off.')
  return { ...previous, [rule]: level }
}

async function lint(
  session: Session,
  paths: readonly string[],
  options: LintArguments,
): Promise<void> {
  const { output } = session
  const rules = await optionsOf(options)
  const { files, errors, ...read } = await readWorkflowFiles(session, paths)
  const findings = [
    ...[...errors].flatMap(([file, error]) => findingOfRefusal(error, nameOf(file), rules)),
    ...files.flatMap((file) => lintDifyFile(file, rules)),
  ]
  const refused = read.refused.filter(({ file }) => !errors.has(file))
  const totals = {
    files: files.length + errors.size,
    refused: refused.length,
    errors: count(findings, 'error'),
    warnings: count(findings, 'warning'),
    notes: count(findings, 'note'),
  }
  const isWrong = totals.errors + totals.refused > 0
  const isTooMany = totals.warnings > (options.maxWarnings ?? Infinity)
  session.exitCode = isWrong || isTooMany ? EXIT.failure : EXIT.ok
  const { format = 'text' } = options
  if (output.json || format === 'json') return await output.document({ findings, refused, totals })
  if (format === 'sarif') await output.document(toSarif(findings, { version: VERSION }))
  else await output.data(format === 'lines' ? asLines(findings) : asText(findings, output))
  await tell(output, refused, totals)
}

/** As `readWorkflowFiles` names it. */
function nameOf(file: string): string {
  return file === '-' ? STANDARD_INPUT : file
}

async function optionsOf({ rule, rulesFile }: LintArguments): Promise<LintOptions> {
  const given = rulesFile === undefined ? {} : await readLintFile(rulesFile)
  // Levels of the command line win over those of the file.
  return rule === undefined ? given : { ...given, rules: { ...given.rules, ...rule } }
}

function count(findings: readonly Finding[], severity: FindingSeverity): number {
  return findings.filter((finding) => finding.severity === severity).length
}

/** Texts of the file are quoted in messages. */
function asLines(findings: readonly Finding[]): string {
  const lines = findings.map(({ file, line, column, severity, rule, message }) =>
    `${file}:${line}:${column} ${severity} ${rule} ${message}`.replaceAll('\n', ' '),
  )
  return printableLines(lines.map((line) => `${line}\n`).join(''))
}

function asText(findings: readonly Finding[], { width, colors }: Output): string {
  const paint = { error: colors.red, warning: colors.yellow, note: colors.dim }
  return printableLines(formatFindings(findings, width)).replace(
    /^( {2}\d+:\d+ {2})(error|warning|note)/gm,
    (_, place: string, severity: FindingSeverity) => `${place}${paint[severity](severity)}`,
  )
}

async function tell(
  output: Output,
  refused: readonly RefusedFile[],
  totals: {
    readonly files: number
    readonly errors: number
    readonly warnings: number
    readonly notes: number
  },
): Promise<void> {
  for (const { reason } of refused) await output.warn(`refused: ${reason}`)
  await output.talk(
    `${counted(totals.errors, 'error')}, ${counted(totals.warnings, 'warning')}, ${counted(totals.notes, 'note')} ` +
      `in ${counted(totals.files, 'file')}, ${refused.length} refused`,
  )
}
