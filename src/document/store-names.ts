import { splitForm, suffixOf, type VersionForm } from './version-form.js'

/**
 * The names that the two stores use beside the engine's, spelled here only. Each store knows the mark of the other, so
 * that it refuses a directory of the other kind.
 */

/** Of a store of versions. */
export const INDEX_FILE = '.index.json'
/** What documents say in short, derived. */
export const SUMMARY_FILE = '.summaries.jsonl'
/** How often documents were used, derived. */
export const USAGE_FILE = '.usage.json'
export const METADATA_FILE = '.metadata.json'
export const TRASH_DIRECTORY = '.trash'
export const PROMPT_FILE = '.prompt.json'
/** Beside the versions of a prompt: what is kept of it, its labels among them. */
export const HEAD_FILE = '.labels.json'

/** Of a store of files: its mark, and the documents of its files. */
export const FILES_MARK_FILE = '.files.json'
export const FILE_DOCUMENTS_DIRECTORY = '.meta'
/** The files that were current once, with their documents. */
export const FILE_VERSIONS_DIRECTORY = '.versions'
/** Holds what waits for the cloud. No key of a file encodes to a name that begins with a dot. */
export const OUTBOX_DIRECTORY = '.outbox'
/** The process that replays holds a lock on it. */
export const REPLAY_LOCK_FILE = '.replay'

interface Kind {
  readonly kind: string
  readonly mark: string
  readonly trace: string
}

interface Claim extends Kind {
  readonly rivals: readonly Kind[]
  readonly storeFiles: readonly string[]
  readonly derived: readonly string[]
}

const VERSIONS: Kind = { kind: 'versions', mark: METADATA_FILE, trace: INDEX_FILE }
const FILES: Kind = { kind: 'files', mark: FILES_MARK_FILE, trace: FILE_DOCUMENTS_DIRECTORY }
/** Only a store gives these names to files at the top of a directory, and leaves them there when it is closed. */
const STORE_FILES = [INDEX_FILE, SUMMARY_FILE, USAGE_FILE, METADATA_FILE, FILES_MARK_FILE]

/** How the engine tells a store of versions from one of files: its `StoreClaim`. */
export const VERSIONS_CLAIM: Claim = {
  ...VERSIONS,
  rivals: [FILES],
  storeFiles: STORE_FILES,
  derived: [INDEX_FILE, SUMMARY_FILE, USAGE_FILE],
}
export const FILES_CLAIM: Claim = {
  ...FILES,
  rivals: [VERSIONS],
  storeFiles: STORE_FILES,
  derived: [REPLAY_LOCK_FILE],
}

/** Of the moves of a prompt's labels, the file with this number, from 1: `.labels.jsonl`, `.labels.2.jsonl`. */
export function historyName(number: number): string {
  return number === 1 ? '.labels.jsonl' : `.labels.${number}.jsonl`
}

/** The number of a file of moves; undefined for any other name. */
export function parseHistoryName(name: string): number | undefined {
  const match = /^\.labels(?:\.([1-9]\d{0,8}))?\.jsonl$/.exec(name)
  if (match === null) return undefined
  const number = Number(match[1] ?? 1)
  return historyName(number) === name ? number : undefined
}

/** Whether it is the name of a prompt's head or of a file of moves. */
export function isHeadFile(name: string): boolean {
  return name === HEAD_FILE || parseHistoryName(name) !== undefined
}

/** `<version>.<UTC time without colons>-<token>.json`: no two deletions share a name. A compressed file stays so. */
export function trashName(
  version: string,
  at: string,
  token: string,
  form: VersionForm = 'plain',
): string {
  return `${version}.${at.replaceAll(':', '')}-${token}.json${suffixOf(form)}`
}

/** What the name of a trash file says; undefined for any other name. */
export function parseTrashName(
  name: string,
): { readonly version: string; readonly at: string; readonly form: VersionForm } | undefined {
  const { form, plain } = splitForm(name)
  const match = /^(.+)\.(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d\.\d{3}Z)-[0-9a-f]+\.json$/.exec(plain)
  if (match === null) return undefined
  const [, version = '', date = '', hours = '', minutes = '', seconds = ''] = match
  return { version, form, at: `${date}${hours}:${minutes}:${seconds}` }
}
