import { outOfRange, wrongArgument } from '../base/misuse.js'
import { oneOf, rejectUnknown, shown } from '../base/options.js'
import { isDate, isErrorNamed } from '../base/values.js'
import { isExactTimestamp, parseTimestamp } from '../document/timestamp.js'
import type { VersionTransactions } from './prompt-heads.js'
import type { PromptVersion } from './prompts/prompt-version.js'
import type {
  InputOf,
  KeepsOpen,
  PromptEnumerable,
  VersionDocument,
  VersionNames,
  VersionStorage,
} from './version-storage.js'
import { supports, type DeclaresSupports } from './supports.js'

/** How a view of the past treats what it cannot know. */
export interface AsOfOptions {
  /**
   * For versions whose commit time is unknown, since a program wrote them that does not keep it: 'refuse' (the default)
   * fails with OPT-PAST-001 where such a version may change the answer; 'include' treats them as committed before the
   * time of the view; 'omit' as committed after it.
   */
  readonly undated?: Undated
}

export type Undated = 'refuse' | 'include' | 'omit'

/**
 * A storage as of a time, for reading: versions by the times of their commits, labels by the history of their moves. What
 * changes something rejects with FS-READONLY-001. Tags and deprecations have no history: the view has none.
 *
 * Every method rejects with StorageError OPT-PAST-001 if the answer is not known: the time is before the history of the
 * storage (`no_history`), the commit time of a version is unknown (`undated`), or its content is gone for good (`gone`;
 * names and labels do not need the content).
 */
export type VersionsAsOf<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> = VersionStorage<Version, Input> &
  DeclaresSupports &
  PromptEnumerable &
  VersionNames &
  VersionTransactions<Input> &
  KeepsOpen & {
    /** The time of the view: ISO 8601, UTC, milliseconds. */
    readonly time: string
  }

/** A storage that can be read as it was. */
export interface VersionTimeTravel<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> {
  /**
   * The storage as it was at a time: what was committed until then, that moment included. The view remembers
   * what it has read of a prompt, and is closed with the storage. Commits that were under way at that time may still appear in it, until it has read their prompt.
   *
   * @param time a Date, milliseconds since 1970, or an ISO 8601 text; without a zone it is in UTC
   * @throws TypeError for a value that is not a time; RangeError for a time in the future, whose answer would change
   */
  asOf(time: Date | number | string, options?: AsOfOptions): VersionsAsOf<Version, Input>
}

/** Whether a storage can be read as it was. */
export function offersTimeTravel(storage: object): storage is VersionTimeTravel {
  return supports(storage, 'timeTravel')
}

/** The time of a view, in the form of stored times. @param latest the last moment that is not in the future */
export function checkTime(given: unknown, latest: Date, what = 'Argument "time"'): string {
  const time = timeOf(given)
  if (time === undefined || !isExactTimestamp(time))
    throw wrongArgument(
      `${what} must be a Date, milliseconds since 1970 or an ISO 8601 time in the years 0 to 9999, got ${shown(given)}`,
    )
  if (time > latest.toISOString())
    throw outOfRange(`${what} must not be in the future, got ${time}`)
  return time
}

export function checkAsOf(options: AsOfOptions | undefined): Undated {
  rejectUnknown(options, ['undated'], 'asOf')
  return oneOf('undated', options?.undated, ['refuse', 'include', 'omit'], 'refuse')
}

function timeOf(given: unknown): string | undefined {
  if (typeof given === 'string') return parsed(given)
  const ms = isDate(given) ? given.getTime() : given
  if (typeof ms !== 'number') return undefined
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function parsed(text: string): string | undefined {
  try {
    return parseTimestamp(text)
  } catch (error) {
    if (isErrorNamed(error, 'TypeError')) return undefined
    throw error
  }
}
