import { outOfRange, wrongArgument } from '../../base/misuse.js'
import { integer, number, rejectUnknown, shown } from '../../base/options.js'
import { isDate } from '../../base/values.js'
import { isTimestamp } from '../../document/timestamp.js'
import { checkVersion, STORED_VERSIONS } from '../../document/version-number.js'

/**
 * Which versions of a prompt are kept. A version that any rule keeps is kept. The latest version, the latest stable one
 * and those with a label are always kept. Days, weeks (from Monday) and months are those of UTC.
 */
export interface RetentionPolicy {
  /** The highest versions by precedence, this many. */
  readonly keepLast?: number
  /** Those created within this many days before `now`; fractions are allowed. */
  readonly keepYoungerThanDays?: number
  /** The last version of each of the most recent days that have one, this many days. */
  readonly daily?: number
  /** As `daily`, by week. */
  readonly weekly?: number
  /** As `daily`, by month. */
  readonly monthly?: number
  /** Versions that are kept in any case, of every prompt that the policy is applied to. */
  readonly pinned?: readonly string[]
  /** The versions with the highest scores, this many; those without a score do not take part. */
  readonly best?: number
}

/** A policy that was checked: a rule that was not given keeps nothing. */
export interface CheckedPolicy {
  readonly keepLast: number
  readonly keepYoungerThanDays: number
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
  readonly pinned: ReadonlySet<string>
  readonly best: number
}

const COUNT_MAX = 1_000_000
const DAYS_MAX = 1_000_000
const COUNTS = ['keepLast', 'daily', 'weekly', 'monthly', 'best'] as const
/** Rules that keep something in every prompt; without one of them, a slip would remove almost everything. */
const RULES = ['keepLast', 'keepYoungerThanDays', 'daily', 'weekly', 'monthly'] as const
const FIELDS = [...RULES, 'pinned', 'best']

/** @throws TypeError or RangeError that names the field; also for a policy that has no rule for all prompts */
export function checkPolicy(policy: RetentionPolicy): CheckedPolicy {
  if (policy === undefined) throw wrongArgument('A retention policy must be given')
  rejectUnknown(policy, FIELDS, 'a retention policy')
  if (RULES.every((rule) => policy[rule] === undefined))
    throw wrongArgument(`A retention policy needs at least one of ${RULES.join(', ')}`)
  const counts = COUNTS.map((name) => {
    const given = policy[name]
    return [name, given === undefined ? 0 : integer(1, COUNT_MAX)(name, given)] as const
  })
  const days = policy.keepYoungerThanDays
  return {
    ...(Object.fromEntries(counts) as Record<(typeof COUNTS)[number], number>),
    keepYoungerThanDays: days === undefined ? 0 : checkDays(days),
    pinned: new Set(checkPinned(policy.pinned)),
  }
}

/** Milliseconds since the epoch. @throws TypeError for what is not a time */
export function checkNow(now: unknown): number {
  const time = isDate(now) ? now.getTime() : isTimestamp(now) ? Date.parse(now) : Number.NaN
  if (Number.isFinite(time)) return time
  throw wrongArgument(
    `Argument "now" must be a Date or an ISO 8601 time in UTC where a policy has keepYoungerThanDays, got ${shown(now)}`,
  )
}

function checkDays(days: unknown): number {
  const checked = number(0, DAYS_MAX)('keepYoungerThanDays', days)
  if (checked > 0) return checked
  throw outOfRange(`Option "keepYoungerThanDays" must be more than 0, got ${checked}`)
}

function checkPinned(pinned: unknown): readonly string[] {
  if (pinned === undefined) return []
  if (!Array.isArray(pinned))
    throw wrongArgument(`Option "pinned" must be an array of versions, got ${shown(pinned)}`)
  return pinned.map((version: unknown, at) => {
    checkVersion(version, STORED_VERSIONS, `pinned[${at}]`)
    return version
  })
}
