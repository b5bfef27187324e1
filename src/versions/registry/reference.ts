import { StorageError } from '../../base/errors.js'
import { wrongArgument } from '../../base/misuse.js'
import { nearestName, shown } from '../../base/options.js'
import {
  compareVersions,
  highestVersion,
  isVersion,
  isVersionRange,
  sortVersions,
  STORED_VERSIONS,
} from '../../document/version-number.js'
import { checkLabelName, isLabelName, LATEST } from './label-name.js'
import { highNumberIn, misfitInRange } from './range-misfit.js'

/** Names a version of a prompt: by its number, by a range, as the latest stable one, or by a label. */
export type Reference =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'range'; readonly range: string }
  | { readonly kind: 'latest' }
  | { readonly kind: 'label'; readonly label: string }

/** What a prompt has: every version, in any order, and the version of each label. */
export interface Known {
  readonly names: readonly string[]
  readonly labels: ReadonlyMap<string, string>
  /** For the texts of errors. */
  readonly promptId?: string
}

const FORMS =
  'a version such as 1.4.2, a range such as ^1.2, ~1.4 or >=1.2 <2, latest, or a label such as @production'

/**
 * Reads `1.4.2`, `1.5.0-beta.1`, `^1.2`, `~1.4`, `1.x`, `>=1.2 <2`, `latest` or `@production`. Ranges are those of
 * `semver`, without `v` and build metadata, which no version has.
 *
 * @param where the name of the argument in the error
 * @throws TypeError that explains all forms, and names the first character that does not fit and its position
 */
export function parseReference(text: unknown, where = 'reference'): Reference {
  if (typeof text !== 'string')
    throw wrongArgument(`Argument "${where}" must be ${FORMS}, got ${shown(text)}`)
  if (text.startsWith('@') && text !== `@${LATEST}`) {
    const label = text.slice(1)
    checkLabelName(label, where)
    return Object.freeze({ kind: 'label', label })
  }
  const found = parseNumbers(text)
  if (found !== undefined) return found
  const why = misfitInRange(text) || highNumberIn(text)
  throw wrongArgument(
    `Argument "${where}" must be ${FORMS}, got ${shown(text)}${why}${hintFor(text)}`,
  )
}

/** As `parseReference`, for a text that follows an `@`, such as the end of `other-prompt@production`. */
export function parseReferenceAfterAt(text: string, where = 'reference'): Reference {
  return isLabelName(text) ? parseReference(`@${text}`, where) : parseReference(text, where)
}

/** The text of which `parseReference` makes the reference. */
export function formatReference(reference: Reference): string {
  switch (reference.kind) {
    case 'version':
      return reference.version
    case 'range':
      return reference.range
    case 'latest':
      return LATEST
    case 'label':
      return `@${reference.label}`
  }
}

/**
 * The version that a reference names; `undefined` when there is none. A range names the highest version in it, and a
 * pre-release only if the range has one with the same three numbers. `latest` is the highest version that is not a
 * pre-release.
 *
 * @throws StorageError OPT-VER-002 for `latest` where every version is a pre-release; it names them
 */
export function resolveReference(reference: Reference, known: Known): string | undefined {
  switch (reference.kind) {
    case 'version':
      return known.names.includes(reference.version) ? reference.version : undefined
    case 'range':
      return highestVersion(known.names, reference.range)
    case 'latest':
      return latestStable(known)
    case 'label':
      return known.labels.get(reference.label)
  }
}

/** The highest version that is not a pre-release. */
export function highestStable(names: readonly string[]): string | undefined {
  let highest: string | undefined
  for (const name of names)
    if (isVersion(name) && (highest === undefined || compareVersions(name, highest) > 0))
      highest = name
  return highest
}

/** Says that a reference matches nothing, which versions and labels there are, and which label was probably meant. */
export function unknownReference(reference: Reference, known: Known): string {
  const prompt = known.promptId === undefined ? 'The prompt' : `Prompt ${shown(known.promptId)}`
  const near =
    reference.kind === 'label' ? nearestName(reference.label, [...known.labels.keys()]) : undefined
  return [
    `${prompt} has no ${nounOf(reference)}`,
    ...(near === undefined ? [] : [`did you mean '@${near}'?`]),
    `versions: ${listed(sortVersions(known.names))}`,
    `labels: ${listed([...known.labels].map(([label, version]) => `@${label} (${version})`).toSorted())}`,
  ].join('; ')
}

function parseNumbers(text: string): Reference | undefined {
  if (text === LATEST || text === `@${LATEST}`) return Object.freeze({ kind: 'latest' })
  if (isVersion(text, STORED_VERSIONS)) return Object.freeze({ kind: 'version', version: text })
  // semver takes an empty alternative as any version, which is rather a slip.
  const isRange = isVersionRange(text) && misfitInRange(text) === ''
  return isRange ? Object.freeze({ kind: 'range', range: text }) : undefined
}

function hintFor(text: string): string {
  const trimmed = text.trim()
  const meant = [trimmed, trimmed.toLowerCase(), trimmed.replace(/^[v=]+/i, '')].find(
    (one) => one !== text && parseNumbers(one) !== undefined,
  )
  if (meant !== undefined) return `; did you mean '${meant}'?`
  return isLabelName(trimmed) ? `; did you mean the label '@${trimmed}'?` : ''
}

function latestStable({ names, promptId }: Known): string | undefined {
  const stable = highestStable(names)
  if (stable !== undefined || names.length === 0) return stable
  const sorted = sortVersions(names)
  const all = promptId === undefined ? 'Every version' : `Every version of ${shown(promptId)}`
  throw new StorageError(
    'OPT-VER-002',
    `${all} is a pre-release, so none is the latest: ${listed(sorted)}; name one, or a range such as >=${sorted[0]}`,
    {
      context: {
        reason: 'only_prereleases',
        ...(promptId === undefined ? {} : { prompt_id: promptId }),
        prereleases: sorted.slice(-PRERELEASES_MAX),
      },
    },
  )
}

/** Most pre-releases in the context of an error: the highest ones. */
const PRERELEASES_MAX = 100

function nounOf(reference: Reference): string {
  switch (reference.kind) {
    case 'version':
      return `version ${reference.version}`
    case 'range':
      return `version in the range ${reference.range}`
    case 'latest':
      return 'version'
    case 'label':
      return `label ${formatReference(reference)}`
  }
}

/** How many of a long list are named at each end. */
const SHOWN_AT_ENDS = 3

function listed(all: readonly string[]): string {
  if (all.length === 0) return 'none'
  if (all.length <= 2 * SHOWN_AT_ENDS + 1) return all.join(', ')
  const between = `… (${all.length - 2 * SHOWN_AT_ENDS} more) …`
  return [...all.slice(0, SHOWN_AT_ENDS), between, ...all.slice(-SHOWN_AT_ENDS)].join(', ')
}
