import { Option, type Command } from 'commander'
import { isErrorNamed } from '../../base/values.js'
import {
  compareStates,
  isPassed,
  type GateResult,
  type GateRun,
} from '../../optimizer/gate/compare-states.js'
import { gateComment } from '../../optimizer/gate/gate-comment.js'
import {
  gateState,
  gateStateText,
  parseGateState,
  type GateState,
} from '../../optimizer/gate/gate-state.js'
import { SEVERITIES, type FindingSeverity } from '../../optimizer/lint/finding.js'
import { readLintFile } from '../../optimizer/lint/read-lint-file.js'
import type { DifyFile } from '../../dify/workflow/dify-file.js'
import type { RunReport } from '../../optimizer/run/run-report.js'
import { reportOfRun } from '../../optimizer/run/optimizer-run.js'
import { counted } from '../counted.js'
import { CliError, EXIT } from '../errors.js'
import type { Session } from '../session.js'
import { parseScore } from './optimize-score.js'
import { snakeCased } from '../output.js'
import { readText } from '../text-input.js'
import { readWorkflowFiles, type WorkflowFiles } from '../workflow-files.js'
import { writeNewFile } from '../write-new-file.js'

const EXAMPLES = `
Compares findings and scores with those of a committed baseline, and prints a
comment for the pull request in Markdown. The exit status is 1 if something got
worse: a new error, a prompt that lost more than --max-drop points or is below
--min-score, a file that cannot be read, or, with --run, a run without a proven
gain or a file with other texts than that run has proven.

Examples:
  $ holdfast gate workflows/ --baseline gate.json --update
  $ holdfast gate workflows/ --baseline gate.json --output comment.md
  $ holdfast gate flow.yml --baseline gate.json --run shop-1f3a --dir prompts`

interface GateArguments {
  readonly baseline: string
  readonly update?: boolean
  readonly output?: string
  readonly failOn?: FindingSeverity
  readonly maxDrop?: number
  readonly minScore?: number
  readonly rulesFile?: string
  readonly run?: string
}

export function addGateCommand(program: Command, session: Session): void {
  program
    .command('gate')
    .description('check whether a change makes prompts worse than a committed baseline')
    .argument('<file...>', 'files of Dify, or directories of them')
    .requiredOption('--baseline <file>', 'the committed baseline, a JSON file')
    .option('--update', 'write the baseline as the files are now')
    .option('-o, --output <file>', 'where the comment is written (default: standard output)')
    .addOption(
      new Option('--fail-on <severity>', 'new findings from here on (default: error)').choices(
        SEVERITIES,
      ),
    )
    .option('--max-drop <points>', 'what a prompt may lose (default: 5)', parseScore)
    .option('--min-score <score>', 'the least score of a new or changed prompt', parseScore)
    .option('--rules-file <file>', 'levels of rules, as of "optimize lint"')
    .option('--run <name>', 'a run in the store, whose texts the files must have')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: GateArguments) => await gate(session, paths, options))
}

async function gate(
  session: Session,
  paths: readonly string[],
  options: GateArguments,
): Promise<void> {
  const { output } = session
  const lint = options.rulesFile === undefined ? {} : await readLintFile(options.rulesFile)
  const found = await readWorkflowFiles(session, paths)
  const now = gateState(found.files, lint)
  if (options.update === true) return await update(session, found, now, options.baseline)
  const { failOn, maxDrop, minScore } = options
  const files = compareStates(await baselineOf(session, options.baseline), now, {
    failOn,
    maxDrop,
    minScore,
  })
  const run = options.run === undefined ? null : await runOf(session, found, options.run)
  const passed = isPassed(files) && found.refused.length === 0 && run?.isRefused !== true
  const result: GateResult = { passed, files, refusedFiles: found.refused, run }
  session.exitCode = passed ? EXIT.ok : EXIT.failure
  const comment = gateComment(result)
  if (options.output !== undefined) await writeNewFile(options.output, comment)
  if (output.json)
    return await output.document({
      passed,
      files: snakeCased(files),
      refused: found.refused,
      run:
        run === null
          ? null
          : { run: run.report.run, verdict: run.report.verdict, different: run.different },
    })
  if (options.output === undefined) await output.data(comment)
  await output.talk(passed ? 'Nothing got worse' : 'Something got worse')
}

async function update(
  session: Session,
  { files, refused }: WorkflowFiles,
  now: GateState,
  baseline: string,
): Promise<void> {
  const [first] = refused
  // A baseline without a file would make all of it new the next time.
  if (first !== undefined) throw new CliError('CLI-INPUT-001', first.reason)
  await writeNewFile(baseline, gateStateText(now))
  if (session.output.json)
    return await session.output.document({ baseline, files: now.files.length })
  await session.output.talk(`${baseline} has the state of ${counted(files.length, 'file')} now`)
}

async function baselineOf(session: Session, file: string): Promise<GateState> {
  try {
    return parseGateState(await readText(session, file, 'a baseline'), file)
  } catch (cause) {
    if (!isErrorNamed(cause, 'TypeError') && !isMissing(cause)) throw cause
    throw new CliError('CLI-INPUT-001', `${cause.message}; --update writes it`, {
      context: { file },
      cause,
    })
  }
}

function isMissing(error: unknown): error is CliError {
  return error instanceof CliError && error.context['errno'] === 'ENOENT'
}

/** The file that the run was made of is the one of its name; with one file, that one. */
async function runOf(session: Session, { files }: WorkflowFiles, name: string): Promise<GateRun> {
  const report = await reportIn(session, name)
  const named = files.filter(({ name: app }) => app === report.workflow.name)
  const [file, ...others] = files.length === 1 ? files : named
  if (file === undefined || others.length > 0)
    throw new CliError(
      'CLI-USAGE-001',
      `The run ${name} is of "${report.workflow.name}": name that one file`,
    )
  const changed = report.prompts.filter((prompt) => prompt.changed).map(({ prompt_id: id }) => id)
  const present = new Set(presentTexts(report, file))
  const different = changed.filter((id) => !present.has(id))
  return { report, different, isRefused: report.verdict !== 'gain' || different.length > 0 }
}

async function reportIn(session: Session, name: string): Promise<RunReport> {
  let report: RunReport | undefined
  await session.withStore(async (storage) => {
    report = await reportOfRun(name, storage)
  })
  if (report !== undefined) return report
  throw new CliError('CLI-NOTFOUND-001', `There is no report of the run ${name}`)
}

/** Prompts whose text in the file is the one that the run has found. */
function presentTexts(report: RunReport, file: DifyFile): readonly string[] {
  return report.prompts
    .filter(({ changed }) => changed)
    .filter(({ after, node_id: node }) =>
      file.texts.some((text) => text.text === after && (text.node?.id ?? null) === node),
    )
    .map(({ prompt_id: id }) => id)
}
