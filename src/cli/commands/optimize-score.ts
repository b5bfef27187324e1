import { Option, type Command, InvalidArgumentError } from 'commander'
import { rounded } from '../../base/rounded.js'
import { RULE_SETS, type RuleSet } from '../../optimizer/analysis/scores.js'
import { counted } from '../counted.js'
import { EXIT } from '../errors.js'
import { checkForm, ndjsonOption } from '../global-options.js'
import type { Output } from '../output.js'
import type { Session } from '../session.js'
import { rerunOnChange } from '../watch-files.js'
import { readWorkflowFiles } from '../workflow-files.js'
import { scannedPrompts, type ScannedPrompt } from '../../optimizer/analysis/scan-prompts.js'

const EXAMPLES = `
The rules are described in docs/scoring.md. upstream-1 gives the scores of the
first implementation, to compare old results. With --min-score the exit status
is 1 if a prompt scores less. --watch scores again when a file changes, until
Ctrl-C.

Examples:
  $ holdfast optimize score flow.yml
  $ holdfast optimize score exports/ --min-score 60 --json`

interface ScoreArguments {
  readonly rules?: RuleSet
  readonly minScore?: number
  readonly optionalTexts?: boolean
  readonly ndjson?: boolean
  readonly watch?: boolean
}

export function addScoreCommand(optimize: Command, session: Session): void {
  optimize
    .command('score')
    .description('score the prompts of Dify workflows by rules')
    .argument('<file...>', 'files, directories of them, or - for standard input')
    .addOption(new Option('--rules <rules>', 'the rules (default: holdfast-1)').choices(RULE_SETS))
    .option('--min-score <score>', 'the exit status is 1 for a prompt below it', parseScore)
    .option('--optional-texts', 'answers, openings and forms, too')
    .option('--watch', 'score again when a file changes')
    .addOption(ndjsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: ScoreArguments) => {
      checkForm(session.output.json, { ndjson: options.ndjson, watch: options.watch })
      const once = async (): Promise<void> => await score(session, paths, options)
      if (options.watch === true) await rerunOnChange(session, paths, once)
      else await once()
    })
}

/** A score from the command line. */
export function parseScore(value: string): number {
  const score = Number(value)
  if (!/^\d+(\.\d+)?$/.test(value) || score > 100)
    throw new InvalidArgumentError('Expected a number from 0 to 100.')
  return score
}

async function score(
  session: Session,
  paths: readonly string[],
  { rules, minScore, optionalTexts, ndjson }: ScoreArguments,
): Promise<void> {
  const { output } = session
  const { files, refused } = await readWorkflowFiles(session, paths)
  const scored = files.map((file) => ({
    file: file.file,
    name: file.name,
    prompts: scannedPrompts(file, { optionalTexts, rules }),
  }))
  const all = scored.flatMap(({ file, prompts }) => prompts.map((each) => ({ file, ...each })))
  const below = all.filter(({ overall_score: overall }) => overall < (minScore ?? 0))
  session.exitCode = refused.length + below.length > 0 ? EXIT.failure : EXIT.ok
  const totals = {
    files: files.length,
    prompts: all.length,
    refused: refused.length,
    below: below.length,
    mean_score: all.length === 0 ? null : mean(all),
  }
  if (output.json)
    return await output.document({ rules: rules ?? 'holdfast-1', files: scored, refused, totals })
  if (ndjson === true) await output.lines(all)
  else
    for (const { file, prompts } of scored) {
      await output.line(file)
      await showScores(output, prompts)
    }
  for (const { reason } of refused) await output.warn(`refused: ${reason}`)
  for (const each of below)
    await output.warn(
      `${each.file}:${each.line}:${each.column} scores ${each.overall_score.toFixed(1)}, less than ${minScore ?? 0}: ${each.prompt_id}`,
    )
  const whole = totals.mean_score === null ? '' : `, mean ${totals.mean_score.toFixed(1)}`
  await output.talk(
    `${counted(all.length, 'prompt')} in ${counted(files.length, 'file')}${whole}, ${refused.length} refused`,
  )
}

async function showScores(output: Output, prompts: readonly ScannedPrompt[]): Promise<void> {
  await output.table(
    [
      { title: 'Prompt' },
      ...(['Score', 'Clarity', 'Efficiency'] as const).map(
        (title) => ({ title, align: 'right' }) as const,
      ),
      { title: 'Issues' },
    ],
    prompts.map((prompt) => [
      prompt.prompt_id,
      prompt.overall_score.toFixed(1),
      prompt.clarity_score.toFixed(1),
      prompt.efficiency_score.toFixed(1),
      prompt.issues.map(({ type }) => type.replaceAll('_', ' ')).join(', '),
    ]),
  )
}

function mean(prompts: readonly ScannedPrompt[]): number {
  return rounded(
    prompts.reduce((sum, { overall_score: overall }) => sum + overall, 0) / prompts.length,
  )
}
