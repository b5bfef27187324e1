import { counted } from '../counted.js'
import { Option, type Command } from 'commander'
import type { PromptRetention } from '../../versions/registry/retiring.js'
import { checkPolicy, type RetentionPolicy } from '../../versions/registry/retention-policy.js'
import { CliError } from '../errors.js'
import { confirm } from '../input.js'
import { parseAge, parseInteger } from '../global-options.js'
import { requirePrompt, withRegistry, type Opened } from '../registry.js'
import { given, repeatable } from '../repeatable.js'
import type { Session } from '../session.js'

const EXAMPLES = `
A version that any rule keeps is kept. The latest version, the latest one that
is not a pre-release, and those with a label are always kept. With --trash, what
is removed goes to the trash; otherwise it cannot be restored.

Examples:
  $ holdfast gc --dir prompts --keep-last 10 --dry-run
  $ holdfast gc --dir prompts greeting --keep-younger-than 30d --monthly 12
      --trash --yes`

interface GcOptions {
  readonly keepLast?: number
  readonly keepYoungerThan?: number
  readonly daily?: number
  readonly weekly?: number
  readonly monthly?: number
  readonly best?: number
  readonly pin?: readonly string[]
  readonly dryRun?: boolean
  readonly yes?: boolean
}

export function addGcCommand(program: Command, session: Session): void {
  program
    .command('gc')
    .description(
      'remove old versions that no rule keeps; asks on a terminal, needs --yes elsewhere',
    )
    .argument('[prompt-id]', 'of this prompt alone (default: of all)')
    .option('--keep-last <n>', 'keep the highest versions, this many', parseInteger)
    .addOption(
      new Option(
        '--keep-younger-than <time>',
        'keep those that were made within a time such as 30d, 12h or 4w',
      ).argParser(parseAge),
    )
    .option('--daily <n>', 'keep the last one of each of this many days', parseInteger)
    .option('--weekly <n>', 'keep the last one of each of this many weeks', parseInteger)
    .option('--monthly <n>', 'keep the last one of each of this many months', parseInteger)
    .option('--best <n>', 'keep those with the highest scores, this many', parseInteger)
    .addOption(repeatable('--pin <version>', 'keep this version of each prompt'))
    .option('-n, --dry-run', 'remove nothing, and print what would be removed')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (promptId: string | undefined, options: GcOptions) => {
      const policy = policyOf(options)
      await withRegistry(session, async (opened) => {
        if (promptId !== undefined) await requirePrompt(opened, promptId)
        if (options.dryRun === true)
          return await report(session, await plan(opened, promptId, policy), true)
        if (
          options.yes !== true &&
          !(await isConfirmed(session, await plan(opened, promptId, policy)))
        )
          return await session.output.talk('Nothing was removed')
        await report(session, await apply(opened, promptId, policy), false)
      })
    })
}

function policyOf(options: GcOptions): RetentionPolicy {
  const { keepLast, keepYoungerThan: keepYoungerThanDays, pin: pinned } = options
  const { daily, weekly, monthly, best } = options
  const rules = [keepLast, keepYoungerThanDays, daily, weekly, monthly]
  if (rules.every((rule) => rule === undefined))
    throw new CliError(
      'CLI-USAGE-001',
      'Say what to keep: --keep-last, --keep-younger-than, --daily, --weekly or --monthly',
    )
  const policy = given({ keepLast, keepYoungerThanDays, daily, weekly, monthly, best, pinned })
  checkPolicy(policy)
  return policy
}

async function plan(
  { registry }: Opened,
  promptId: string | undefined,
  policy: RetentionPolicy,
): Promise<readonly PromptRetention[]> {
  if (promptId === undefined) return await registry.planRetention(null, policy)
  return [await registry.planRetention(promptId, policy)]
}

async function apply(
  { registry }: Opened,
  promptId: string | undefined,
  policy: RetentionPolicy,
): Promise<readonly PromptRetention[]> {
  if (promptId === undefined) return await registry.applyRetention(null, policy)
  return [await registry.applyRetention(promptId, policy)]
}

async function isConfirmed(
  { environment, options }: Session,
  planned: readonly PromptRetention[],
): Promise<boolean> {
  const { removed, kept } = countsOf(planned)
  const where = options.trash === true ? ' to the trash' : ' for good'
  return await confirm(
    environment,
    `Remove ${removed} of ${counted(removed + kept, 'version')}${where}?`,
  )
}

interface Counts {
  readonly removed: number
  readonly kept: number
}

function countsOf(prompts: readonly PromptRetention[]): Counts {
  let [removed, kept] = [0, 0]
  for (const { keep, remove } of prompts) {
    kept += keep.length
    removed += remove.length
  }
  return { removed, kept }
}

async function report(
  { output }: Session,
  prompts: readonly PromptRetention[],
  isDry: boolean,
): Promise<void> {
  if (output.json) return await output.document({ dry_run: isDry, prompts })
  const { removed, kept } = countsOf(prompts)
  if (!isDry)
    return await output.talk(`Removed ${removed} of ${counted(removed + kept, 'version')}`)
  await output.table(
    [{ title: 'Prompt' }, { title: 'Version', whole: true }, { title: 'Kept because' }],
    prompts.flatMap(({ prompt_id, keep, remove }) => [
      ...remove.map(({ version }) => [prompt_id, version, 'would be removed']),
      ...keep.map(({ version, reasons }) => [prompt_id, version, reasons.join(', ')]),
    ]),
  )
  await output.talk(
    `Nothing was removed: it would be ${removed} of ${counted(removed + kept, 'version')}`,
  )
}
