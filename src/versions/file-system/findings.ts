import type { Alteration } from '../../document/version-file.js'
import { booleanOption, integerOption, rejectUnknown } from '../../base/options.js'

export interface VerifyOptions {
  /** Repair what can be repaired: damaged files go to `.quarantine`, misplaced ones to their place. Default false. */
  readonly repair?: boolean
  /** Removes the lost files from their list, once they are reported. Default false. */
  readonly accept?: boolean
  /**
   * Most files that `repair` puts into quarantine. If more are damaged, none is moved: that many at once are rather the
   * work of another program than damage. Default 10.
   */
  readonly quarantineMax?: number
}

/** The kinds of findings of `verify`. */
export type FindingKind =
  | 'damaged-json'
  | 'unreadable'
  | 'checksum-mismatch'
  | 'missing-checksum'
  | 'line-ends'
  | 'byte-order-mark'
  | 'misplaced'
  | 'damaged-compression'
  | 'duplicate'
  | 'schema'
  | 'missing-file'
  | 'missing-id'
  | 'not-a-file'
  | 'not-a-directory'
  | 'unlisted-file'
  | 'foreign-file'
  | 'foreign-directory'
  | 'leftover'
  | 'stale-index'
  | 'dangling-label'
  | 'label-history'
  | 'future-time'
  | 'damaged-journal'
  | 'lost-file'

export interface Finding {
  readonly kind: FindingKind
  /** Relative to the store. */
  readonly path: string
  readonly detail: string
  readonly repaired: boolean
}

export interface VerifyReport {
  /** Version files that were read. */
  readonly checked: number
  /** Their total size. */
  readonly checked_bytes: number
  readonly findings: readonly Finding[]
  /** How many damaged files were left in place, since they are more than `quarantineMax`. */
  readonly held_back: number
  /** How many sound documents were saved with each version of the schema, by its number, the trash included. */
  readonly schema_versions: Readonly<Record<string, number>>
}

/** Findings that are not damage: nothing is lost, and nothing needs repair. */
export const HARMLESS_FINDINGS: ReadonlySet<FindingKind> = new Set([
  'missing-checksum',
  'line-ends',
  'byte-order-mark',
  'foreign-file',
  'foreign-directory',
  'leftover',
  'future-time',
])

/** The detail of a finding for an altered file whose content is as it was saved. */
export const DETAIL_OF_ALTERATION: Readonly<Record<Alteration, string>> = {
  'line-ends':
    'has other line ends or blanks at its end than it was written with; its content is unchanged',
  'byte-order-mark': 'begins with a byte order mark that was not written; its content is unchanged',
}

/** The kind of finding for an unreadable version, by the reason of its error. */
export const KIND_OF_REASON: Readonly<Record<string, FindingKind>> = {
  checksum: 'checksum-mismatch',
  json: 'damaged-json',
  compression: 'damaged-compression',
  misplaced: 'misplaced',
  schema: 'schema',
  upgrade: 'schema',
}

/** A damaged file that is put aside after all files have been checked. */
export interface Damaged {
  readonly finding: Finding
  readonly promptId: string
  /** Undefined for a head, which is written again. */
  readonly version: string | undefined
}

const QUARANTINE_RULE = { min: 0, max: Number.MAX_SAFE_INTEGER, default: 10 }

/** Every default of `verify`, once. @throws TypeError or RangeError that names the option */
export function resolveVerifyOptions(given: VerifyOptions): Required<VerifyOptions> {
  rejectUnknown(given, ['repair', 'accept', 'quarantineMax'], 'verify')
  return {
    quarantineMax: integerOption('quarantineMax', given.quarantineMax, QUARANTINE_RULE),
    repair: booleanOption('repair', given.repair, false),
    accept: booleanOption('accept', given.accept, false),
  }
}
