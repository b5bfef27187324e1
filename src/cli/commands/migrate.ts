import { counted } from '../counted.js'
import type { Command } from 'commander'
import type { Difference } from '../../migration/compare.js'
import { migrate, type MigrationReport } from '../../migration/migrate.js'
import type { MigrateOptions } from '../../migration/migrate-options.js'
import type { MigrationProgress } from '../../migration/pace.js'
import { rollBack, type RollBackReport } from '../../migration/roll-back.js'
import { countVersions, validateMigration } from '../../migration/validate.js'
import { isStorageError } from '../../base/errors.js'
import { MemoryStorage } from '../../versions/memory-storage.js'
import { EXIT, Interruption } from '../errors.js'
import { parseInteger } from '../global-options.js'
import {
  migrationEnd,
  stateFileOf,
  type MigrationEnd,
  type OpenedEnd,
} from '../migration-stores.js'
import { createProgress } from '../output.js'
import type { Session } from '../session.js'

const EXAMPLES = `
A store is named by its URL, or json:FILE for a file that "holdfast migrate" and
exportData write. URLs with a password come from HOLDFAST_FROM and HOLDFAST_TO.
A migration that ended early is continued by running it again. Conflicts end
with status 4, differences that --validate or verify find with status 5.

Examples:
  $ holdfast migrate --from file:prompts --to sqlite:prompts.db --dry-run
  $ holdfast migrate --from file:prompts --to sqlite:prompts.db --validate
  $ holdfast migrate rollback --from file:prompts --to sqlite:prompts.db
  $ holdfast migrate verify --to sqlite:prompts.db --expected-count 120`

/** `holdfast migrate`: copies of whole stores. */
export function addMigrateCommand(program: Command, session: Session): void {
  const group = program
    .command('migrate')
    .description('copy a store into another one, of any kind: run (the default), verify, rollback')
    .addHelpText('after', EXAMPLES)
  for (const addCommand of [addRun, addVerify, addRollback]) addCommand(group, session)
}

interface Ends {
  readonly from?: string
  readonly to?: string
}

interface RunOptions extends Ends {
  readonly dryRun?: boolean
  readonly validate?: boolean
  readonly rate?: number
  readonly state?: string
}

const FROM = ['--from <url>', 'the store that is read (default: HOLDFAST_FROM)'] as const
const TO = ['--to <url>', 'the store that is written (default: HOLDFAST_TO)'] as const
const STATE = [
  '--state <file>',
  'what the migration records for a rollback (default: holdfast-migration-….jsonl here)',
] as const

function addRun(group: Command, session: Session): void {
  group
    .command('run', { isDefault: true })
    .description('copy versions, labels, tags and histories; what is there already stays')
    .option(...FROM)
    .option(...TO)
    .option('-n, --dry-run', 'copy nothing, and report what would be copied')
    .option('--validate', 'read everything back afterwards, and compare it')
    .option('--rate <n>', 'copy at most this many versions in a second', parseInteger)
    .option(...STATE)
    .action(async (options: RunOptions) => await run(session, options))
}

function addVerify(group: Command, session: Session): void {
  group
    .command('verify')
    .description('read all versions of a store, count them, and compare them with another store')
    .option(...TO)
    .option('--from <url>', 'the store that it has to be equal to')
    .option('--expected-count <n>', 'how many versions there have to be', parseInteger)
    .action(async (options: VerifyOptions) => await verify(session, options))
}

function addRollback(group: Command, session: Session): void {
  group
    .command('rollback')
    .description('remove from a store exactly what a migration has added')
    .option(...FROM)
    .option(...TO)
    .option(...STATE)
    .action(async (options: RunOptions) => await undo(session, options))
}

async function run(session: Session, options: RunOptions): Promise<void> {
  const [from, to] = endsOf(session, options)
  const { stderr } = session.environment
  const progress = createProgress({ stderr }, session.output.quiet)
  let reached = { versions: 0, total: 0 }
  const onProgress = ({ versions, total }: MigrationProgress): void => {
    reached = { versions, total }
    progress.update(versions, total)
  }
  try {
    await session.using(from.open(false), async (source) => {
      await session.using(openTarget(to, options.dryRun === true), async (target) => {
        const settings = { ...settingsOf(session, options, [from, to]), onProgress }
        const report = await migrate({ from: source.store, to: target.store, ...settings })
        progress.stop()
        if (!report.dry_run) await target.save()
        await showReport(session, report)
        if (report.copied > 0 && !report.dry_run)
          await session.output.talk(`${settings.stateFile} says how to roll it back`)
      })
    })
  } catch (error) {
    progress.stop()
    // What is under way has ended by now.
    if (error instanceof Interruption && reached.total > 0)
      await session.output.talk(
        `${reached.versions} of ${counted(reached.total, 'version')} copied or compared; run it again to go on`,
      )
    throw error
  }
}

function settingsOf(
  session: Session,
  { dryRun, validate, rate, state }: RunOptions,
  [{ shown: from }, { shown: to }]: readonly [MigrationEnd, MigrationEnd],
): Omit<MigrateOptions, 'from' | 'to'> {
  return {
    dryRun,
    validate,
    ratePerSecond: rate,
    stateFile: state ?? stateFileOf(from, to),
    names: { from, to },
    signal: session.environment.signal,
  }
}

/** A dry run makes no store: if it does not exist, everything would be copied. */
async function openTarget(to: MigrationEnd, dryRun: boolean): Promise<OpenedEnd> {
  if (!dryRun) return await to.open(true)
  try {
    return await to.open(false)
  } catch (error) {
    if (!isMissing(error)) throw error
    const store = new MemoryStorage()
    return {
      store,
      save: async () => await Promise.resolve(),
      close: async () => await store.close(),
    }
  }
}

function isMissing(error: unknown): boolean {
  if (isStorageError(error, 'FS-FORMAT-001'))
    return ['no_store', 'missing'].includes(String(error.context['reason']))
  return Reflect.get(Object(Reflect.get(Object(error), 'context')), 'errno') === 'ENOENT'
}

async function showReport(session: Session, report: MigrationReport): Promise<void> {
  const { output } = session
  const differences = report.validation?.differences ?? []
  if (differences.length > 0) session.exitCode = EXIT.integrity
  if (report.conflicts.length > 0) session.exitCode = EXIT.conflict
  if (output.json) return await output.document(report)
  const { prompts, copied, already_there: kept, records_copied: records } = report
  await showDifferences(session, [...report.conflicts, ...differences])
  if (report.resumed) await output.talk('An earlier migration had ended early; it was continued')
  const done = report.dry_run ? 'Would migrate' : 'Migrated'
  await output.line(
    `${done} ${counted(prompts, 'prompt')}, ${counted(report.versions, 'version')}: ${copied} copied, ${kept} were there already, labels and histories of ${counted(records, 'prompt')}`,
  )
  if (report.validation !== undefined)
    await output.line(
      `Read back ${counted(report.validation.versions, 'version')}: ${counted(differences.length, 'difference')}`,
    )
}

interface VerifyOptions extends Ends {
  readonly expectedCount?: number
}

async function verify(session: Session, options: VerifyOptions): Promise<void> {
  const to = migrationEnd(session, 'to', options.to)
  await session.using(to.open(false), async (target) => {
    const found = await countVersions(target.store)
    const differences = await differencesFrom(session, options, target)
    const { expectedCount: expected } = options
    const isExpected = expected === undefined || expected === found.versions
    if (differences.length > 0 || !isExpected) session.exitCode = EXIT.integrity
    if (session.output.json)
      return await session.output.document({
        ...found,
        ...(expected === undefined ? {} : { expected_versions: expected }),
        differences,
      })
    await showDifferences(session, differences)
    await session.output.line(
      `${counted(found.prompts, 'prompt')}, ${counted(found.versions, 'version')}${isExpected ? '' : `; expected ${expected}`}, ${counted(differences.length, 'difference')}`,
    )
  })
}

async function differencesFrom(
  session: Session,
  { from: url }: VerifyOptions,
  target: OpenedEnd,
): Promise<readonly Difference[]> {
  if (url === undefined) return []
  const from = migrationEnd(session, 'from', url)
  let found: readonly Difference[] = []
  await session.using(from.open(false), async (source) => {
    found = (await validateMigration({ from: source.store, to: target.store })).differences
  })
  return found
}

async function undo(session: Session, options: RunOptions): Promise<void> {
  const [from, to] = endsOf(session, options)
  const stateFile = options.state ?? stateFileOf(from.shown, to.shown)
  await session.using(to.open(false), async (target) => {
    const report = await rollBack({ to: target.store, stateFile })
    await target.save()
    await showRollback(session, report)
  })
}

async function showRollback(session: Session, report: RollBackReport): Promise<void> {
  const { output } = session
  if (report.kept.length > 0) session.exitCode = EXIT.conflict
  if (output.json) return await output.document(report)
  await showDifferences(session, report.kept)
  await output.line(
    `Rolled back ${counted(report.prompts, 'prompt')}, removed ${counted(report.removed, 'version')}${report.kept.length === 0 ? '' : '; prompts that were changed since are left as they are'}`,
  )
}

function endsOf(session: Session, { from, to }: Ends): readonly [MigrationEnd, MigrationEnd] {
  return [migrationEnd(session, 'from', from), migrationEnd(session, 'to', to)]
}

const DIFFERENCES_SHOWN = 20

async function showDifferences(
  { output }: Session,
  differences: readonly Difference[],
): Promise<void> {
  if (differences.length === 0) return
  await output.table(
    ['Prompt', 'Version', 'Difference'].map((title) => ({ title })),
    differences
      .slice(0, DIFFERENCES_SHOWN)
      .map(({ prompt_id: promptId, version = '', kind }) => [promptId, version, kind]),
  )
  const more = differences.length - DIFFERENCES_SHOWN
  if (more > 0) await output.talk(`and ${more} more: see --json`)
}
