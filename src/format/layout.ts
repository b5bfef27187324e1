/** Every name that the engine uses on disk, spelled here only. docs/format.md explains them. */
export const LOCK_FILE = '.lock'
export const PRESENCE_FILE = '.presence'
export const CHECKPOINT_LOCK_FILE = '.checkpoint'
export const OWNER_FILE = '.owner'
/** The signs of life of the processes that have the store open. */
export const SIGNS_DIRECTORY = '.alive'
export const PAGE_FILE = '.shared'
export const MARK_FILE = '.holdfast.json'
export const LOST_FILE = '.lost.json'
export const JOURNAL_DIRECTORY = '.journal'
export const TEMPORARY_DIRECTORY = '.tmp'
export const QUARANTINE_DIRECTORY = '.quarantine'
export const RESERVE_FILE = '.journal/reserve'
const SPARE_PREFIX = 'spare-'

/**
 * Most bytes of a mark, which states some hundred bytes of facts. A longer file, such as a sparse one in its place, is
 * refused before any memory is allocated for it.
 */
export const MARK_BYTES_MAX: number = 64 * 1024

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

/** A spare while it is filled with zeros; recovery removes what a crash leaves of one. */
export function fillingPath(token: string): string {
  return `${JOURNAL_DIRECTORY}/filling-${token}.log`
}

export function isSpareName(name: string): boolean {
  return name.startsWith(SPARE_PREFIX) && name.endsWith('.log')
}

/** A staged file: '.tmp' stays in the name, so that a search for leftovers finds it. */
export function temporaryPath(token: string): string {
  return `${TEMPORARY_DIRECTORY}/staged.tmp.${token}`
}

/** A staged file whose name says whose it is, by the sign of life of the volume that writes it ('': it has none). */
export function stagedPath(sign: string, token: string): string {
  return temporaryPath(sign === '' ? token : `${sign}.${token}`)
}

/** The sign of life in the name of a staged file; undefined for a name without one. */
export function signOfStaged(name: string): string | undefined {
  return /^staged\.tmp\.([^.]+)\.[0-9a-f]{16}$/.exec(name)?.[1]
}

/** Whether a path is that of a staged file. */
export function isTemporaryPath(path: string): boolean {
  return path.startsWith(`${TEMPORARY_DIRECTORY}/`) && path.includes('.tmp.')
}

const ENGINE_NAMES = new Set([
  LOCK_FILE,
  PRESENCE_FILE,
  CHECKPOINT_LOCK_FILE,
  OWNER_FILE,
  SIGNS_DIRECTORY,
  PAGE_FILE,
  MARK_FILE,
  LOST_FILE,
  JOURNAL_DIRECTORY,
  TEMPORARY_DIRECTORY,
])

/** Whether a path is, or is below, a name that the engine reserves. */
export function isEngineName(path: string): boolean {
  // They all begin so, and nearly no other path does.
  if (!path.startsWith('.')) return false
  const end = path.indexOf('/')
  return ENGINE_NAMES.has((end < 0 ? path : path.slice(0, end)).toLowerCase())
}

/** The directories above a path, the deepest first, the root `''` last. */
export function directoriesAbove(path: string): string[] {
  const directories: string[] = []
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    directories.push(path.slice(0, end))
  return [...directories, '']
}

/** Of a backup directory: what makes a directory one, and the lock of the process that writes to it. */
export const BACKUP_MARK_FILE = 'holdfast-backup.json'
export const BACKUP_LOCK_FILE = 'holdfast-backup.lock'
/** In a directory that a restore has not finished: which backup it restores. */
export const RESTORE_MARK_FILE = 'holdfast-restore.json'
/** Of each backup: what it holds, written last, and the contents that are new in it. */
export const BACKUP_MANIFEST_FILE = 'manifest.jsonl'
export const BACKUP_FILES_DIRECTORY = 'files'

/** The directory of one backup: `000012-20261129T211503Z`. `at` is an ISO 8601 time in UTC. */
export function backupName(sequence: number, at: string): string {
  return `${String(sequence).padStart(6, '0')}-${at.slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** The sequence number in the name of a backup; undefined for any other name. */
export function parseBackupName(name: string): number | undefined {
  const match = /^(\d{6,9})-\d{8}T\d{6}Z$/.exec(name)
  const sequence = Number(match?.[1])
  return match === null || sequence === 0 ? undefined : sequence
}

/** Whether a backup contains what has this path: marks and the list of lost files, and nothing else of the engine's. */
export function isBackedUp(path: string): boolean {
  return path === MARK_FILE || path === LOST_FILE || !isEngineName(path)
}
