import { outOfRange, wrongArgument } from '../../base/misuse.js'
import { booleanOption, integerOption, oneOf, rejectUnknown, shown } from '../../base/options.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import { HAS_ZSTD, missingZstd, type CompressedForm } from './version-codec.js'

/** Which versions `compress` compresses, and how. */
export interface CompressOptions {
  /** Of this prompt alone. Default: of all. */
  readonly promptId?: string | undefined
  /** How many versions of each prompt stay plain, the highest ones; at least 1, the default. */
  readonly keepLast?: number | undefined
  /**
   * Versions that were saved less than this many milliseconds ago stay plain, too. The age is that of the commit, or by
   * `created_at` where the file does not say when that was. Default 0.
   */
  readonly olderThanMs?: number | undefined
  /** The same in days. Only one of the two may be given. */
  readonly olderThanDays?: number | undefined
  /** Versions with smaller files stay plain. Default 0; a disk with blocks of 4 KiB gains nothing below that. */
  readonly minBytes?: number | undefined
  /** 'gzip', the default, or 'zstd', which needs Node 22.15 or later in every process that opens the store. */
  readonly format?: CompressedForm | undefined
  /** Changes nothing, and reports what would be done. Default false. */
  readonly dryRun?: boolean | undefined
}

/** Which versions `decompress` makes plain again. */
export interface DecompressOptions {
  /** Of this prompt alone. Default: of all. */
  readonly promptId?: string | undefined
  /** Changes nothing, and reports what would be done. Default false. */
  readonly dryRun?: boolean | undefined
}

export interface ResolvedCompressOptions {
  readonly promptId: string | undefined
  readonly keepLast: number
  readonly olderThanMs: number
  readonly minBytes: number
  readonly format: CompressedForm
  readonly dryRun: boolean
}

const DAY_MS = 24 * 3_600_000
const CENTURY_DAYS = 36_525
const NAMES = [
  'promptId',
  'keepLast',
  'olderThanMs',
  'olderThanDays',
  'minBytes',
  'format',
  'dryRun',
]

/** @throws TypeError, RangeError naming the option; StorageError FS-FORMAT-001 for zstd where Node has none */
export function resolveCompressOptions(given: CompressOptions = {}): ResolvedCompressOptions {
  rejectUnknown(given, NAMES, 'compress')
  const { promptId, keepLast, minBytes } = given
  if (promptId !== undefined) checkPromptId(promptId)
  const count = { min: 1, max: Number.MAX_SAFE_INTEGER, default: 1 }
  const bytes = { min: 0, max: VERSION_FILE_BYTES_MAX, default: 0 }
  const format = oneOf('format', given.format, ['gzip', 'zstd'] as const, 'gzip')
  if (format === 'zstd' && !HAS_ZSTD) throw missingZstd()
  return {
    promptId,
    keepLast: integerOption('keepLast', keepLast, count),
    olderThanMs: ageOf(given),
    minBytes: integerOption('minBytes', minBytes, bytes),
    format,
    dryRun: booleanOption('dryRun', given.dryRun, false),
  }
}

/** @throws TypeError, RangeError naming the option */
export function resolveDecompressOptions(given: DecompressOptions = {}): {
  readonly promptId: string | undefined
  readonly dryRun: boolean
} {
  rejectUnknown(given, ['promptId', 'dryRun'], 'decompress')
  const { promptId } = given
  if (promptId !== undefined) checkPromptId(promptId)
  return { promptId, dryRun: booleanOption('dryRun', given.dryRun, false) }
}

function ageOf({ olderThanMs, olderThanDays }: CompressOptions): number {
  if (olderThanMs !== undefined && olderThanDays !== undefined)
    throw wrongArgument('Options "olderThanMs" and "olderThanDays" exclude each other; give one')
  if (olderThanDays === undefined)
    return integerOption('olderThanMs', olderThanMs, {
      min: 0,
      max: CENTURY_DAYS * DAY_MS,
      default: 0,
    })
  const isDays = typeof olderThanDays === 'number' && olderThanDays >= 0
  if (!isDays || olderThanDays > CENTURY_DAYS)
    throw outOfRange(
      `Option "olderThanDays" must be a number from 0 to ${CENTURY_DAYS}, got ${shown(olderThanDays)}`,
    )
  return olderThanDays * DAY_MS
}
