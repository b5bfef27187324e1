import type { KnownHistory } from '../versions/prompt-history.js'

/** The reason that a target has while a migration into it is under way, with what it had before behind it. */
const MIGRATING = 'migrating'

/** What a target records while a migration into it is under way: what was there before is not complete. */
export function migratingMark(before: KnownHistory | undefined, now: string): KnownHistory {
  const kept = before === undefined ? '' : ` ${before.since} ${before.reason}`
  return { since: now, reason: `${MIGRATING}${kept}` }
}

/** Whether a migration into a target has begun and not ended. */
export function isMigrating(known: KnownHistory | undefined): boolean {
  return known !== undefined && known.reason.split(' ')[0] === MIGRATING
}

/** What a target had recorded before the migration began. */
export function knownBefore(known: KnownHistory | undefined): KnownHistory | undefined {
  if (known === undefined || !isMigrating(known)) return known
  const [, since, ...reason] = known.reason.split(' ')
  return since === undefined ? undefined : { since, reason: reason.join(' ') }
}

/** The later one: what a target knows that has its own history and that of its source. */
export function laterKnown(
  one: KnownHistory | undefined,
  other: KnownHistory | undefined,
): KnownHistory | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one.since >= other.since ? one : other
}
