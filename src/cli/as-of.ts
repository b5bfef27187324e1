import { Option } from 'commander'
import { isErrorNamed, toError } from '../base/values.js'
import type { PromptEnumerable, VersionNames, VersionStorage } from '../versions/version-storage.js'
import type { VersionTransactions } from '../versions/prompt-heads.js'
import type { PromptVersion, PromptVersionInput } from '../versions/prompts/prompt-version.js'
import type { Undated } from '../versions/time-travel.js'
import { CliError } from './errors.js'
import type { Store } from './open-store.js'

/** What commands read from: a store, or a view of its past. */
export type ReadStore = VersionStorage<PromptVersion, PromptVersionInput> &
  PromptEnumerable &
  VersionNames &
  VersionTransactions<PromptVersionInput>

/** For commands that can show the past. */
export interface AsOfArguments {
  readonly asOf?: string
  readonly undated?: Undated
}

export function asOfTime(): Option {
  return new Option('--as-of <time>', 'as it was at a time: ISO 8601, in UTC unless a zone follows')
}

export function asOfUndated(): Option {
  return new Option(
    '--undated <how>',
    'with --as-of: versions whose commit time is unknown (default: refuse)',
  ).choices(['refuse', 'include', 'omit'])
}

/** The store, or the view of its past that is asked for. @throws CliError for what is not a time in the past */
export function asAsked(store: Store, { asOf, undated }: AsOfArguments): ReadStore {
  if (asOf === undefined) {
    if (undated === undefined) return store
    throw new CliError('CLI-USAGE-001', '--undated goes with --as-of')
  }
  try {
    return store.asOf(asOf, undated === undefined ? {} : { undated })
  } catch (error) {
    throw asUsage(error)
  }
}

/** The error for a value of --as-of that is not a time in the past; any other one as it is. */
export function asUsage(error: unknown): unknown {
  if (!isErrorNamed(error, 'TypeError') && !isErrorNamed(error, 'RangeError')) return error
  const { message } = toError(error)
  const named = message.replace('Argument "time"', '--as-of').replace('Option "asOf"', '--as-of')
  if (named === message) return error
  return new CliError('CLI-USAGE-001', named, { cause: error })
}
