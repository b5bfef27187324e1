import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { isTimestamp } from '../../document/timestamp.js'
import { checkVersion, compareVersions, STORED_VERSIONS } from '../../document/version-number.js'
import { highestStable } from './reference.js'
import {
  checkNow,
  checkPolicy,
  type CheckedPolicy,
  type RetentionPolicy,
} from './retention-policy.js'
import type { VersionSummary } from '../version-summaries.js'

/** What has to be known of a version: a `VersionSummary` is enough, and so is its number. */
export interface RetentionCandidate
  extends
    Pick<VersionSummary, 'version' | 'created_at' | 'score'>,
    Partial<Pick<VersionSummary, 'labels'>> {}

export interface RetentionPlan {
  /** Ascending by precedence, each with every reason to keep it. */
  readonly keep: readonly KeptVersion[]
  /** Ascending by precedence. */
  readonly remove: readonly { readonly version: string }[]
}

export interface KeptVersion {
  readonly version: string
  /** Such as `latest`, `label production`, `last 10`, `younger than 30 days`, `daily`, `pinned`, `best 3`. */
  readonly reasons: readonly string[]
}

/**
 * Decides which versions of one prompt a policy keeps. Each of the given versions is either in `keep` or in `remove`.
 * The latest version, the latest stable version and those with a label are always in `keep`. A version whose
 * `created_at` is missing or unreadable is kept if a rule goes by time.
 *
 * @param summaries all versions of the prompt, in any order
 * @param labels the version of each label
 * @param now a Date, or an ISO 8601 time in UTC; needed for `keepYoungerThanDays` alone
 * @throws TypeError or RangeError that names the field of the policy, or the version that occurs twice
 */
export function planRetention(
  summaries: readonly RetentionCandidate[],
  labels: ReadonlyMap<string, string>,
  policy: RetentionPolicy,
  now?: Date | string,
): RetentionPlan {
  const checked = checkPolicy(policy)
  const oldest =
    checked.keepYoungerThanDays > 0
      ? checkNow(now) - checked.keepYoungerThanDays * DAY_MS
      : undefined
  const versions = sorted(summaries)
  const reasons = new Map<string, string[]>(versions.map(({ version }) => [version, []]))
  const keep = (version: string | undefined, reason: string): void => {
    if (version !== undefined) reasons.get(version)?.push(reason)
  }
  keepAlways(versions, labels, keep)
  keepByRank(versions, checked, keep)
  keepByTime(versions, checked, oldest, keep)
  return planOf(reasons)
}

type Keep = (version: string | undefined, reason: string) => void

interface Dated {
  readonly version: string
  readonly summary: RetentionCandidate
  /** NaN where it is unknown. */
  readonly time: number
}

const DAY_MS = 86_400_000

function sorted(summaries: readonly RetentionCandidate[]): readonly Dated[] {
  const dated = summaries.map((summary) => {
    checkVersion(summary.version, STORED_VERSIONS, 'summaries')
    const { version, created_at: created } = summary
    // Other forms of a time would depend on the zone of the machine.
    return { version, summary, time: isTimestamp(created) ? Date.parse(created) : Number.NaN }
  })
  dated.sort((left, right) => compareVersions(left.version, right.version))
  const twice = dated.find(({ version }, at) => version === dated[at - 1]?.version)
  if (twice !== undefined)
    throw wrongArgument(
      `Argument "summaries" must have each version once, got ${shown(twice.version)} twice: plan one prompt at a time`,
    )
  return dated
}

function keepAlways(
  versions: readonly Dated[],
  labels: ReadonlyMap<string, string>,
  keep: Keep,
): void {
  keep(versions.at(-1)?.version, 'latest')
  keep(highestStable(versions.map(({ version }) => version)), 'latest stable')
  const labelled = new Map<string, Set<string>>()
  const add = (version: string, label: string): void => {
    labelled.set(version, (labelled.get(version) ?? new Set()).add(label))
  }
  for (const [label, version] of labels) add(version, label)
  for (const { version, summary } of versions)
    for (const label of summary.labels ?? []) add(version, label)
  for (const [version, names] of labelled)
    for (const label of [...names].toSorted()) keep(version, `label ${label}`)
}

function keepByRank(versions: readonly Dated[], policy: CheckedPolicy, keep: Keep): void {
  const { keepLast, best, pinned } = policy
  const last = keepLast === 0 ? [] : versions.slice(-keepLast)
  for (const { version } of last) keep(version, `last ${keepLast}`)
  for (const version of pinned) keep(version, 'pinned')
  if (best === 0) return
  const scored = versions.filter(({ summary }) => Number.isFinite(summary.score))
  // Of equal scores, the higher version comes first: the sort is stable.
  const ranked = scored.toReversed().sort((left, right) => scoreOf(right) - scoreOf(left))
  for (const { version } of ranked.slice(0, best)) keep(version, `best ${best}`)
}

function keepByTime(
  versions: readonly Dated[],
  policy: CheckedPolicy,
  oldest: number | undefined,
  keep: Keep,
): void {
  const periods = PERIODS.filter(({ rule }) => policy[rule] > 0)
  if (oldest === undefined && periods.length === 0) return
  for (const { version } of versions.filter(({ time }) => Number.isNaN(time)))
    keep(version, 'no time')
  if (oldest !== undefined)
    for (const { version, time } of versions)
      if (time > oldest) keep(version, `younger than ${policy.keepYoungerThanDays} days`)
  if (periods.length === 0) return
  const dated = versions.filter(({ time }) => !Number.isNaN(time))
  const newestFirst = dated.toReversed().sort((left, right) => right.time - left.time)
  for (const { rule, periodOf } of periods)
    for (const version of lastOfEach(newestFirst, periodOf, policy[rule])) keep(version, rule)
}

interface Period {
  readonly rule: 'daily' | 'weekly' | 'monthly'
  /** The same number for two times in the same period. */
  readonly periodOf: (time: number) => number
}

/** The epoch began on a Thursday. */
const DAYS_AFTER_MONDAY = 3

const PERIODS: readonly Period[] = [
  { rule: 'daily', periodOf: (time) => Math.floor(time / DAY_MS) },
  {
    rule: 'weekly',
    periodOf: (time) => Math.floor((Math.floor(time / DAY_MS) + DAYS_AFTER_MONDAY) / 7),
  },
  {
    rule: 'monthly',
    periodOf: (time) => {
      const date = new Date(time)
      return date.getUTCFullYear() * 12 + date.getUTCMonth()
    },
  },
]

/** The newest version of each of the newest periods that have one. */
function lastOfEach(
  newestFirst: readonly Dated[],
  periodOf: (time: number) => number,
  count: number,
): readonly string[] {
  const found = new Map<number, string>()
  for (const { version, time } of newestFirst) {
    const period = periodOf(time)
    if (found.has(period)) continue
    if (found.size === count) break
    found.set(period, version)
  }
  return [...found.values()]
}

function planOf(reasons: ReadonlyMap<string, readonly string[]>): RetentionPlan {
  const keep: KeptVersion[] = []
  const remove: { version: string }[] = []
  for (const [version, found] of reasons)
    if (found.length > 0) keep.push({ version, reasons: found })
    else remove.push({ version })
  return { keep, remove }
}

function scoreOf({ summary }: Dated): number {
  return summary.score ?? 0
}
