import { isDeepStrictEqual } from 'node:util'
import { outOfRange, wrongArgument } from '../../base/misuse.js'
import { VersionConflictError } from '../../base/errors.js'
import { TRANSACTION_OPERATIONS_MAX } from '../../engine/commit/transaction.js'
import { kindOf } from '../../base/values.js'
import { oneOf, rejectUnknown } from '../../base/options.js'
import { acceptVersion, type AcceptanceRules } from '../accept-version.js'
import type { SaveOptions, VersionDocument } from '../version-storage.js'

/** A document that is to be saved. */
export interface Candidate<Version extends VersionDocument> {
  /** The accepted, frozen copy. */
  readonly version: Version
  /** Whether the caller said when it was created; else two saves of one content differ in it. */
  readonly isDated: boolean
}

/** What one save is to do. */
export interface Candidates<Version extends VersionDocument> {
  readonly candidates: readonly Candidate<Version>[]
  readonly ifSame: IfSame
}

export type IfSame = NonNullable<SaveOptions['ifSame']>

/** The documents of a save, checked. @throws TypeError for what does not fit; VersionConflictError for twins in the list */
export async function acceptAll<Version extends VersionDocument>(
  versions: readonly unknown[],
  options: SaveOptions | undefined,
  rules: AcceptanceRules<Version>,
): Promise<Candidates<Version>> {
  if (!Array.isArray(versions))
    throw wrongArgument(`Argument "versions" must be an array, got ${kindOf(versions)}`)
  rejectUnknown(options, ['ifSame'], 'saveVersion')
  const ifSame = ifSameOption(options?.ifSame)
  const accepted = await Promise.all(versions.map(async (given) => await accept(given, rules)))
  return { candidates: withoutTwins(accepted, ifSame), ifSame }
}

/**
 * @param idFiles how many files with the ids of prompts whose directories are named by a hash are written beside them
 * @throws RangeError for more versions than one transaction takes
 */
export function checkBatch(versions: readonly unknown[], idFiles = 0): void {
  // What is no array is refused with the documents.
  if (!Array.isArray(versions)) return
  const most = TRANSACTION_OPERATIONS_MAX - idFiles
  if (versions.length <= most) return
  const why = idFiles === 0 ? '' : ` of ${idFiles} prompts whose long ids take a file each`
  throw outOfRange(
    `saveVersions takes at most ${most} versions${why}, got ${versions.length}. Save them in parts, each a transaction of its own`,
  )
}

/** @throws TypeError for what is neither */
export function ifSameOption(given: unknown, byDefault: IfSame = 'refuse'): IfSame {
  return oneOf('ifSame', given, ['refuse', 'accept'], byDefault)
}

/** Whether what is stored is what is to be saved. */
export function isSameContent<Version extends VersionDocument>(
  stored: Version,
  { version, isDated }: Candidate<Version>,
): boolean {
  if (isDated) return isDeepStrictEqual(stored, version)
  return isDeepStrictEqual(
    { ...stored, created_at: undefined },
    { ...version, created_at: undefined },
  )
}

async function accept<Version extends VersionDocument>(
  given: unknown,
  rules: AcceptanceRules<Version>,
): Promise<Candidate<Version>> {
  const accepting = acceptVersion<Version>(given, rules)
  // Looked at now: the caller may change the argument while the schema is at work.
  const isDated = Reflect.get(Object(given), 'created_at') !== undefined
  return { version: await accepting, isDated }
}

function withoutTwins<Version extends VersionDocument>(
  candidates: readonly Candidate<Version>[],
  ifSame: IfSame,
): readonly Candidate<Version>[] {
  const seen = new Map<string, Candidate<Version>>()
  for (const candidate of candidates) {
    const { prompt_id: promptId, version } = candidate.version
    // A version has no blank, so this pair is one of a kind.
    const name = `${version} ${promptId}`
    const twin = seen.get(name)
    if (twin !== undefined) {
      const sameContent = isSameContent(twin.version, candidate)
      if (!sameContent || ifSame === 'refuse')
        throw new VersionConflictError(promptId, version, { sameContent })
    } else seen.set(name, candidate)
  }
  return [...seen.values()]
}
