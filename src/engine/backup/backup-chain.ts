import { constants } from 'node:buffer'
import { createHash } from 'node:crypto'
import { nextTurn } from '../../base/clock.js'
import { FormatError, StorageError } from '../../base/errors.js'
import { toError } from '../../base/values.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Volume } from '../../disk/disk.js'
import {
  decodeLine,
  linesOf,
  splitManifest,
  type BackedUpFile,
  type BackupSummary,
  type Manifest,
} from '../../format/backup-manifest.js'
import { BACKUP_MANIFEST_FILE, parseBackupName } from '../../format/layout.js'
import type { BackupState } from './backup-state.js'

/** A backup in its directory. */
export interface FoundBackup {
  readonly sequence: number
  /** Its directory, relative to the directory of backups. */
  readonly name: string
  /** Undefined when it cannot be read. */
  readonly manifest?: Manifest
  /** SHA-256 of the whole manifest, in hex. */
  readonly sha256?: string
  /** Why the manifest cannot be read; undefined when it can. */
  readonly damage?: string
}

/** What is in a directory of backups. */
export interface FoundBackups {
  /** By their sequence numbers, the oldest first. */
  readonly backups: readonly FoundBackup[]
  /** Directories of backups that have no manifest: their processes were killed, or are running. */
  readonly unfinished: readonly string[]
  /** The highest number that was given to a backup, finished or not. */
  readonly lastSequence: number
}

/** Lines of a manifest that are decoded in one turn of the event loop: some milliseconds. */
const LINES_A_TURN = 2000
/** Bytes that are hashed in one turn: some milliseconds. */
const HASHED_A_TURN = 1024 * 1024

/** Reads the manifests of all backups. Those that are damaged are among them. */
export async function findBackups(volume: Volume): Promise<FoundBackups> {
  const found: FoundBackup[] = []
  const unfinished: string[] = []
  let lastSequence = 0
  for (const { name, kind } of (await volume.list('')) ?? []) {
    const sequence = kind === 'directory' ? parseBackupName(name) : undefined
    if (sequence === undefined) continue
    lastSequence = Math.max(lastSequence, sequence)
    const backup = await readBackup(volume, name, sequence)
    if (backup === undefined) unfinished.push(name)
    else found.push(backup)
  }
  found.sort((a, b) => a.sequence - b.sequence)
  return { backups: found, unfinished, lastSequence }
}

async function readBackup(
  volume: Volume,
  name: string,
  sequence: number,
): Promise<FoundBackup | undefined> {
  try {
    const path = `${name}/${BACKUP_MANIFEST_FILE}`
    const bytes = await volume.read(path, constants.MAX_LENGTH)
    if (bytes === undefined) return undefined
    return { sequence, name, ...(await decodeManifest(bytes, sequence)) }
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof DiskError)) throw error
    return { sequence, name, damage: toError(error).message }
  }
}

/**
 * The manifest, and the digest of all its bytes.
 * @throws FormatError for bytes that no backup of this number has written
 */
export async function decodeManifest(
  bytes: Uint8Array,
  sequence: number,
): Promise<{ readonly manifest: Manifest; readonly sha256: string }> {
  const { covered, sha256: expected } = splitManifest(bytes)
  const digest = createHash('sha256')
  for (let at = 0; at < covered.length; at += HASHED_A_TURN) {
    if (at > 0) await nextTurn()
    digest.update(covered.subarray(at, at + HASHED_A_TURN))
  }
  if (digest.copy().digest('hex') !== expected) throw new FormatError('its checksum does not match')
  const sha256 = digest.update(bytes.subarray(covered.length)).digest('hex')
  return { manifest: await decodeLines(bytes, sequence), sha256 }
}

async function decodeLines(bytes: Uint8Array, sequence: number): Promise<Manifest> {
  const files: BackedUpFile[] = []
  const removed: string[] = []
  const seen = new Set<string>()
  let summary: BackupSummary | undefined
  let count = 0
  for (const line of linesOf(bytes)) {
    if (++count % LINES_A_TURN === 0) await nextTurn()
    if (summary !== undefined) throw new FormatError('it continues behind its end')
    const decoded = decodeLine(line, sequence)
    if ('summary' in decoded) {
      summary = decoded.summary
      continue
    }
    const path = 'removed' in decoded ? decoded.removed : decoded.path
    if (seen.has(path)) throw new FormatError(`it names ${JSON.stringify(path)} twice`)
    seen.add(path)
    if ('removed' in decoded) removed.push(path)
    else files.push(decoded)
  }
  if (summary?.sequence !== sequence) throw new FormatError('it is that of another backup')
  return { summary, files, removed }
}

/** A backup whose manifest could be read. */
export type ReadBackup = FoundBackup & Required<Pick<FoundBackup, 'manifest' | 'sha256'>>

/** The backups from a full one up to this one. @throws StorageError FS-LOAD-001 that names what is missing or damaged */
export function chainTo(backups: readonly FoundBackup[], sequence: number): readonly ReadBackup[] {
  const chain: ReadBackup[] = []
  let next: BackupSummary['previous'] = { sequence, sha256: '' }
  while (next !== null) {
    const backup = linkOf(backups, next, sequence)
    chain.push(backup)
    next = backup.manifest.summary.previous
    if (next !== null && next.sequence >= backup.sequence)
      throw brokenChain(sequence, next.sequence, { ...backup, damage: 'it continues itself' })
  }
  return chain.reverse()
}

/** @param wanted its digest is '' for the last one of the chain, which no other names */
function linkOf(
  backups: readonly FoundBackup[],
  wanted: NonNullable<BackupSummary['previous']>,
  sequence: number,
): ReadBackup {
  const found = backups.find((backup) => backup.sequence === wanted.sequence)
  const { manifest, sha256 } = found ?? {}
  if (found === undefined || manifest === undefined || sha256 === undefined)
    throw brokenChain(sequence, wanted.sequence, found)
  if (wanted.sha256 !== '' && sha256 !== wanted.sha256)
    throw brokenChain(sequence, wanted.sequence, { ...found, damage: 'it is another one' })
  return { ...found, manifest, sha256 }
}

function brokenChain(
  sequence: number,
  broken: number,
  found: FoundBackup | undefined,
): StorageError {
  const path = found === undefined ? String(broken) : `${found.name}/${BACKUP_MANIFEST_FILE}`
  const why =
    found === undefined ? 'is missing' : `is damaged: ${found.damage ?? 'it cannot be read'}`
  const what =
    broken === sequence
      ? `Backup ${sequence}`
      : `Backup ${sequence} continues backup ${broken}, which`
  return new StorageError('FS-LOAD-001', `${what} ${why}`, {
    context: { path, reason: 'manifest', backup: sequence },
  })
}

/** The files of the last backup of a chain. */
export async function foldChain(
  chain: readonly { readonly manifest: Manifest }[],
): Promise<BackupState> {
  const state: BackupState = new Map()
  let count = 0
  for (const { manifest } of chain) {
    for (const path of manifest.removed) state.delete(path)
    for (const file of manifest.files) {
      if (++count % LINES_A_TURN === 0) await nextTurn()
      state.set(file.path, file)
    }
  }
  return state
}
