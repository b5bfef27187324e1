import type { Command } from 'commander'
import type { Session } from '../session.js'
import { addApplyCommand } from './optimize-apply.js'
import { addLintCommand } from './optimize-lint.js'
import { addReportCommand } from './optimize-report.js'
import { addRunCommands } from './optimize-run.js'
import { addScanCommand } from './optimize-scan.js'
import { addScoreCommand } from './optimize-score.js'

const EXAMPLES = `
Examples:
  $ holdfast optimize scan flow.yml                   which prompts there are
  $ holdfast optimize lint exports/                   what is wrong in them
  $ holdfast optimize score flow.yml --min-score 70   for a check before a merge
  $ holdfast optimize plan run.yaml                   what a run would cost
  $ holdfast optimize run run.yaml --dir prompts      search, and prove
  $ holdfast optimize apply shop-1f3a90bc --dir prompts`

/** `holdfast optimize`: the prompts of Dify's files. */
export function addOptimizeCommand(program: Command, session: Session): void {
  const optimize = program
    .command('optimize')
    .description('scan, check, score and improve the prompts of Dify workflows')
    .addHelpText('after', EXAMPLES)
  for (const add of [
    addScanCommand,
    addLintCommand,
    addScoreCommand,
    addRunCommands,
    addReportCommand,
    addApplyCommand,
  ])
    add(optimize, session)
}
