/** Every name that the engine gives to anything on disk. Nobody else spells one. docs/format.md explains them. */
export const LOCK_FILE = '.lock'
export const PRESENCE_FILE = '.presence'
export const CHECKPOINT_LOCK_FILE = '.checkpoint'
export const OWNER_FILE = '.owner'
export const PAGE_FILE = '.shared'
export const MARK_FILE = '.holdfast.json'
export const JOURNAL_DIRECTORY = '.journal'
export const TEMPORARY_DIRECTORY = '.tmp'
export const QUARANTINE_DIRECTORY = '.quarantine'
export const RESERVE_FILE = '.journal/reserve'
const SPARE_PREFIX = 'spare-'

/** The version store's own names, beside the engine's. */
export const INDEX_FILE = '.index.json'
export const METADATA_FILE = '.metadata.json'
export const TRASH_DIRECTORY = '.trash'
export const PROMPT_FILE = '.prompt.json'

export function segmentPath(sequence: number): string {
  return `${JOURNAL_DIRECTORY}/${String(sequence).padStart(12, '0')}.log`
}

/** The sequence number in a segment's name, or undefined for any other name in the journal directory. */
export function parseSegmentName(name: string): number | undefined {
  return /^\d{12}\.log$/.test(name) ? Number(name.slice(0, 12)) : undefined
}

export function sparePath(token: string): string {
  return `${JOURNAL_DIRECTORY}/${SPARE_PREFIX}${token}.log`
}

export function isSpareName(name: string): boolean {
  return name.startsWith(SPARE_PREFIX) && name.endsWith('.log')
}

/** A staged file: '.tmp' stays in the name, so that a search for leftovers finds it. */
export function temporaryPath(token: string): string {
  return `${TEMPORARY_DIRECTORY}/staged.tmp.${token}`
}
