import { wrongArgument } from '../../base/misuse.js'
import { freezeJson } from '../../document/freeze-json.js'
import type { JsonObject } from '../../document/json.js'
import type { PromptInput } from './prompt.js'
import type { OptimizationResult, PromptAnalysis } from './prompt-version.js'
import { BUMPS, checkVersion, type Bump } from '../../document/version-number.js'
import { StorageError } from '../../base/errors.js'
import { kindOf } from '../../base/values.js'
import { oneOf, rejectUnknown } from '../../base/options.js'
import { ifSameOption } from '../accept-version.js'

/** The content of a new version. Its prompt id is that of the prompt. */
export interface NewVersion {
  readonly prompt: PromptInput
  /** null by default. */
  readonly analysis?: PromptAnalysis | null
  /** null by default. */
  readonly optimizationResult?: OptimizationResult | null
  /** The version it was made from; the latest by default, null for none. It is not checked to exist. */
  readonly parentVersion?: string | null
  /**
   * Which number is raised. By default the result decides: an improvement of 15 points or more is major, of 5 or more
   * minor, everything else a patch. A prompt's first version is always 1.0.0.
   */
  readonly bump?: Bump
  /**
   * The version that must still be the latest, null for none: for callers whose decision is based on it. If it is not,
   * nothing is saved, and no other number is tried. Default: any version.
   */
  readonly expectedLatest?: string | null
  /**
   * 'accept': if the latest version has the same content, it is returned and nothing is saved, so that a call whose
   * outcome is unknown may be retried. The content is everything but number, `created_at` and, unless `parentVersion`
   * is given, the parent. 'refuse', the default: a new version is always saved.
   */
  readonly ifSame?: 'refuse' | 'accept'
  /** Added to `author` ('baseline', or 'optimizer' with a result) and `strategy`, and overrides them. */
  readonly metadata?: JsonObject
}

const NEW_VERSION_FIELDS = [
  'prompt',
  'analysis',
  'optimizationResult',
  'parentVersion',
  'bump',
  'expectedLatest',
  'ifSame',
  'metadata',
]

/** Returns a frozen copy. @throws TypeError for a field that does not fit */
export function checkNewVersion(given: NewVersion): NewVersion {
  rejectUnknown(given, NEW_VERSION_FIELDS, 'createVersion')
  const prompt: unknown = given?.prompt
  if (typeof prompt !== 'object' || prompt === null)
    throw wrongArgument(`Option "prompt" must be a prompt, got ${kindOf(prompt)}`)
  ifSameOption(given.ifSame)
  if (given.bump !== undefined) oneOf('bump', given.bump, BUMPS, 'patch')
  const parent = given.parentVersion
  if (parent !== undefined && parent !== null)
    checkVersion(parent, { allowPrerelease: true }, 'parentVersion')
  const { expectedLatest } = given
  if (expectedLatest !== undefined && expectedLatest !== null)
    checkVersion(expectedLatest, { allowPrerelease: true }, 'expectedLatest')
  // A copy: the caller may change the argument while this call waits for its turn.
  return freezeJson(given)
}

/** @throws StorageError OPT-VER-001 when another version is the latest */
export function checkExpected(
  promptId: string,
  latest: string | undefined,
  expected: string | null | undefined,
): void {
  if (expected === undefined || (latest ?? null) === expected) return
  throw new StorageError(
    'OPT-VER-001',
    `The latest version of prompt ${promptId} is ${latest ?? 'none'}, expected ${expected ?? 'none'}`,
    { context: { prompt_id: promptId, latest: latest ?? null, expected } },
  )
}
