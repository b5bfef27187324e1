import { option, resolveOptions, type OptionTable } from '../base/option-table.js'
import { flag, functionOption, integer, pathOption, rejectUnknown } from '../base/options.js'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { copiesOf, type Copyable, type VersionCopies } from '../versions/version-copies.js'
import type { MigrationProgress } from './pace.js'

/** How versions are copied from one storage to another. */
export interface MigrateOptions {
  /** The storage that is read; it is not changed. */
  readonly from: Copyable
  /** The storage that is written; what it has already stays. */
  readonly to: Copyable
  /** Only compare, and report what would be copied. Default false. */
  readonly dryRun?: boolean | undefined
  /** Read everything back from both storages afterwards, and compare it. Default false. */
  readonly validate?: boolean | undefined
  /** At most this many versions in a second. Default: as fast as it goes. */
  readonly ratePerSecond?: number | undefined
  /**
   * The file in which the migration records what it is about to do; `rollBack` needs it. Default: none, and then it cannot
   * be rolled back. It is not needed to continue a migration that has ended early.
   */
  readonly stateFile?: string | undefined
  /** What the two storages are called in the state file. Default 'from' and 'to'. */
  readonly names?: { readonly from: string; readonly to: string } | undefined
  /** Ends the migration early: what is under way is completed, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called after each part. */
  readonly onProgress?: ((progress: MigrationProgress) => void) | undefined
}

/** Every default is filled in. */
export interface ResolvedMigration {
  readonly from: VersionCopies
  readonly to: VersionCopies
  readonly dryRun: boolean
  readonly validate: boolean
  readonly ratePerSecond: number | undefined
  readonly stateFile: string | undefined
  readonly names: { readonly from: string; readonly to: string }
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: MigrationProgress) => void
}

const RATE_MAX = 1_000_000

const TABLE: OptionTable<ResolvedMigration> = {
  from: (name, given) => copiesOf(given, name),
  to: (name, given) => copiesOf(given, name),
  dryRun: option(false, flag),
  validate: option(false, flag),
  ratePerSecond: option(undefined, integer(1, RATE_MAX)),
  stateFile: option(undefined, pathOption),
  names: (_name, given) => (given ?? { from: 'from', to: 'to' }) as ResolvedMigration['names'],
  signal: (_name, given) => given as AbortSignal | undefined,
  onProgress: (name, given) =>
    functionOption(name, given as ResolvedMigration['onProgress'] | undefined, () => undefined),
}

/** @throws TypeError, RangeError naming the option */
export function resolveMigration(given: MigrateOptions, where: string): ResolvedMigration {
  rejectUnknown(given, Object.keys(TABLE), where)
  if (typeof given !== 'object' || given === null)
    throw wrongArgument(`${where} needs { from, to }, got ${shown(given)}`)
  const resolved = resolveOptions(TABLE, given)
  if ((given.from as unknown) === given.to)
    throw wrongArgument('Options "from" and "to" must be two storages, got the same one twice')
  return resolved
}
