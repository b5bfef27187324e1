import type { Command } from 'commander'
import { roundedNumbers } from '../../base/rounded.js'
import { codeOf } from '../../base/values.js'
import { readDefinition } from '../../optimizer/run/run-definition.js'
import {
  replayRun,
  resumeRun,
  runNameOf,
  startRun,
  type RunOptions,
} from '../../optimizer/run/optimizer-run.js'
import { planRun, type RunPlan } from '../../optimizer/run/plan-run.js'
import type { BudgetLimits } from '../../optimizer/ledger/ledger-entry.js'
import { isRefusedKey } from '../../optimizer/refused-key.js'
import type { RunReport, RunVerdict } from '../../optimizer/run/run-report.js'
import type { SearchEvent } from '../../optimizer/search/search-types.js'
import { proofText, verdictText } from '../../optimizer/reports/report-facts.js'
import type { RunSecret } from '../../optimizer/run/run-secrets.js'
import { commandHint } from '../command-hint.js'
import { EXIT, Interruption } from '../errors.js'
import type { Output } from '../output.js'
import type { Session } from '../session.js'

const PLAN_HELP = `
Nothing is asked, no key is needed, and no store: what the run would do, what it
may cost at most, and which secrets it needs; a variable that is not set is a
warning. The configuration is described in docs/optimizer-runs.md.

Example:
  $ holdfast optimize plan run.yaml`

const RUN_HELP = `
The plan with its budget is shown before the first request. Every request and
its answer is kept in the store before the next step: a run that was ended, also
by Ctrl-C or a crash, goes on with "resume", or with the same command, and asks
nothing again that was answered. So does a run that ended with its budget, with
a larger one. Exit status: 0 a gain is proven, 11 no significant gain (or an
anchor got worse, or undecided), 12 the budget ended before a proof.

Examples:
  $ holdfast optimize run run.yaml --store file:prompts
  $ holdfast optimize resume shop-1f3a90bc --store file:prompts`

const REPLAY_HELP = `
Makes the report again from what was recorded, without a network. It is the
same, byte for byte; anything else is an error.

Example:
  $ holdfast optimize replay shop-1f3a90bc --store file:prompts --json`

/** The commands that run, and those that read what was run. */
export function addRunCommands(optimize: Command, session: Session): void {
  optimize
    .command('plan')
    .description('show what a run would do, and what it may cost at most')
    .argument('<config>', 'the configuration of the run')
    .addHelpText('after', PLAN_HELP)
    .action(async (path: string) => {
      const definition = await readDefinition(path)
      const { variables } = session.environment
      await showPlan(session.output, runNameOf(definition), await planRun(definition, variables))
    })
  optimize
    .command('run')
    .description('search for better texts, and prove them on cases that the search never saw')
    .argument('<config>', 'the configuration of the run')
    .option('--run <name>', 'the name of the run (default: by the file and a digest)')
    .option('--retry-failures', 'send requests again that have failed')
    .addHelpText('after', RUN_HELP)
    .action(async (path: string, options: RunArguments) => await run(session, path, options))
  optimize
    .command('resume')
    .description('go on with a run, by what the store has of it')
    .argument('<run>', 'the name of the run')
    .option('--retry-failures', 'send requests again that have failed')
    .option('--budget <limits>', 'raise limits of its budget, such as calls=800,money=2')
    .addHelpText('after', RUN_HELP)
    .action(async (name: string, { retryFailures, budget }: RunArguments) => {
      const raised = budget === undefined ? {} : { budget: limitsIn(budget) }
      await work(session, name, async (way) => {
        let report: RunReport | undefined
        await session.withStore(
          async (storage) => {
            report = await resumeRun(name, { storage, ...way, retryFailures, ...raised })
          },
          { endsItself: true },
        )
        return report
      })
    })
  optimize
    .command('replay')
    .description('make the report of a run again from what was recorded, without a network')
    .argument('<run>', 'the name of the run')
    .addHelpText('after', REPLAY_HELP)
    .action(async (name: string) => {
      await session.withStore(
        async (storage) => await tell(session, await replayRun(name, { storage })),
      )
    })
}

interface RunArguments {
  readonly run?: string
  readonly retryFailures?: boolean
  readonly budget?: string
}

/** Limits by their names; `resumeRun` refuses what is not one. */
function limitsIn(text: string): BudgetLimits {
  const limits = text.split(',').map((part) => {
    const [kind = '', limit = ''] = part.split('=')
    return [kind.trim(), limit.trim() === '' ? Number.NaN : Number(limit)]
  })
  return Object.fromEntries(limits) as BudgetLimits
}

async function run(session: Session, path: string, options: RunArguments): Promise<void> {
  const { retryFailures } = options
  const definition = await readDefinition(path)
  const name = options.run ?? runNameOf(definition)
  // What is wrong with the definition is said before a store is made.
  await planRun(definition)
  await work(session, name, async (way) => {
    let report: RunReport | undefined
    await session.withStore(
      async (storage) => {
        report = await startRun(name, definition, { storage, ...way, retryFailures })
      },
      { create: true, endsItself: true },
    )
    return report
  })
}

type Way = Pick<RunOptions, 'environment' | 'signal' | 'onPlan' | 'onEvent'>

/** Runs, and says after an interruption how to go on. */
async function work(
  session: Session,
  name: string,
  begun: (way: Way) => Promise<RunReport | undefined>,
): Promise<void> {
  const { environment, output } = session
  const say = async (line: string): Promise<void> => {
    if (!output.json) await output.say(line)
  }
  let report: RunReport | undefined
  try {
    report = await begun({
      environment: environment.variables,
      signal: environment.signal,
      onPlan: async (plan) => {
        for (const line of planLines(plan)) await say(line)
      },
      onEvent: (event) => {
        const line = eventText(event)
        if (line !== undefined) void say(line)
      },
    })
  } catch (error) {
    const resume = ['optimize', 'resume', name]
    if (error instanceof Interruption) await output.next('To go on', [commandHint(session, resume)])
    if (isRefusedKey(error)) await output.next('With another key', [commandHint(session, resume)])
    // What has failed is recorded, too: without the flag, the same run fails in the same way.
    if (codeOf(error) === 'OPT-EVAL-001')
      await output.next('To send what has failed again', [
        commandHint(session, [...resume, '--retry-failures']),
      ])
    throw error
  }
  if (report !== undefined) await tell(session, report)
}

const STATUSES: Readonly<Record<RunVerdict, number>> = {
  gain: EXIT.ok,
  no_significant_gain: EXIT.noGain,
  regression: EXIT.noGain,
  undecided: EXIT.noGain,
  budget_spent: EXIT.budgetSpent,
}

async function tell(session: Session, report: RunReport): Promise<void> {
  const { output } = session
  session.exitCode = STATUSES[report.verdict]
  if (output.json) return await output.document(report)
  await output.paragraph(`${verdictText(report)}. ${proofText(report)}`)
  const { requests, tokens, money } = report.ledger
  await output.say(
    `${requests.sent} requests (${requests.repeated} repeated), ${tokens} tokens, ${money.toFixed(6)} in money`,
  )
  const next = report.verdict === 'gain' ? ['report', 'apply'] : ['report']
  await output.next(
    'Next',
    next.map((command) => commandHint(session, ['optimize', command, report.run])),
  )
}

async function showPlan(output: Output, name: string, plan: RunPlan): Promise<void> {
  if (output.json) return await output.document({ run: name, ...roundedNumbers(plan) })
  await output.line(`Run ${name}`)
  for (const line of planLines(plan)) await output.paragraph(line)
  for (const { problem } of plan.secrets)
    if (problem !== null) await output.warn(`${problem}: the run needs it`)
}

function planLines(plan: RunPlan): readonly string[] {
  const { calls, cases } = plan.experiment
  const { budget, run_max: runMax, secrets } = plan
  const limits = Object.entries(budget).map(([kind, limit]) => `${limit} ${kind}`)
  return [
    `Workflow ${plan.workflow}, prompts ${plan.prompts.join(', ')}`,
    `Runs on ${plan.target}; ${plan.proposer} rewrites${plan.judge === null ? '' : `, ${plan.judge} judges`}; algorithm ${plan.experiment.algorithm}`,
    `Cases: ${cases.train} train, ${cases.validation} validation, ${cases.held_out} held out, ${cases.anchors} anchors`,
    `Budget, never exceeded: ${limits.join(', ')}`,
    `Runs of cases, and proposals: ${calls.search} for the search (${calls.seed} for the present texts), up to ${calls.proof} for the proof`,
    runMax === null
      ? 'What a case takes at most is not known: the budget is in calls and seconds only'
      : `A case takes at most ${runMax.tokens} tokens (${runMax.money.toFixed(6)} in money) with the present texts`,
    ...(secrets.length === 0 ? [] : [`Secrets: ${secrets.map(secretText).join(', ')}`]),
    ...plan.notes,
  ]
}

function secretText({ key, env, file }: RunSecret): string {
  return `${env ?? file} (${key})`
}

function eventText(event: SearchEvent): string | undefined {
  switch (event.type) {
    case 'seed':
      return `The present texts score ${event.score.toFixed(3)} on the validation set`
    case 'accepted':
      return `After ${event.calls} calls: ${event.score.toFixed(3)} (best ${event.best_score.toFixed(3)})`
    case 'refused':
      return `A proposal for ${event.prompt_id} was refused: ${event.reasons.join(', ')}`
    case 'failed':
      return `A proposal for ${event.prompt_id} failed: ${event.code}`
    case 'duplicate':
    case 'rejected':
      return undefined
  }
}
