import { constants } from 'node:buffer'
import { createHash } from 'node:crypto'
import { FormatError, StorageError } from '../../base/errors.js'
import { dueTurn } from '../../base/turns.js'
import { DiskError, isMomentary } from '../../disk/disk-error.js'
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
import { ENTRIES_AT_ONCE, type BackupState } from './backup-state.js'

/** The directory of a backup. */
export interface NamedBackup {
  readonly sequence: number
  /** Relative to the directory of backups. */
  readonly name: string
}

/** A backup in its directory. */
export interface FoundBackup extends NamedBackup {
  /** Undefined when it cannot be read. */
  readonly manifest?: Manifest
  /** SHA-256 of the whole manifest, in hex. */
  readonly sha256?: string
  /** Why the manifest cannot be read; undefined when it can. */
  readonly damage?: string
  /** The failure that says so. */
  readonly cause?: Error
}

/** What is in a directory of backups. */
export interface FoundBackups<Found = FoundBackup> {
  /** By their sequence numbers, the oldest first. */
  readonly backups: readonly Found[]
  /** Directories of backups that have no manifest: their processes were killed, or are running. */
  readonly unfinished: readonly string[]
  /** The highest number that was given to a backup, finished or not. */
  readonly lastSequence: number
}

/** Bytes that are hashed at once: less than a millisecond. */
const HASHED_AT_ONCE = 256 * 1024

/** Reads the manifests of all backups. Those that are damaged are among them. @throws DiskError if the disk gives no answer now */
export async function findBackups(volume: Volume): Promise<FoundBackups> {
  return await find(volume, async (named) => await readBackup(volume, named))
}

/** As `findBackups`, but reads no manifest: of a year of backups, the next one needs only the last few. */
export async function nameBackups(volume: Volume): Promise<FoundBackups<NamedBackup>> {
  return await find(volume, async (named) =>
    (await hasManifest(volume, named)) ? named : undefined,
  )
}

async function find<Found extends NamedBackup>(
  volume: Volume,
  look: (named: NamedBackup) => Promise<Found | undefined>,
): Promise<FoundBackups<Found>> {
  const backups: Found[] = []
  const unfinished: string[] = []
  let lastSequence = 0
  for (const { name, kind } of (await volume.list('')) ?? []) {
    const sequence = kind === 'directory' ? parseBackupName(name) : undefined
    if (sequence === undefined) continue
    lastSequence = Math.max(lastSequence, sequence)
    const found = await look({ name, sequence })
    if (found === undefined) unfinished.push(name)
    else backups.push(found)
  }
  backups.sort((a, b) => a.sequence - b.sequence)
  return { backups, unfinished, lastSequence }
}

/** One that cannot be looked at is there. */
async function hasManifest(volume: Volume, { name }: NamedBackup): Promise<boolean> {
  try {
    return (await volume.stat(`${name}/${BACKUP_MANIFEST_FILE}`)) !== undefined
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return true
  }
}

/**
 * Reads the backups that the next one continues, the oldest first: the last one of its kind and what that continues, as
 * far as they can be read. Empty if there is none.
 * @param linked whether the next one is a snapshot: backups need nothing of those, which are lost with the store's disk
 */
export async function readLastChain(
  volume: Volume,
  named: readonly NamedBackup[],
  linked: boolean,
): Promise<readonly FoundBackup[]> {
  const chain: FoundBackup[] = []
  let wanted: number | undefined
  for (const each of named.toReversed()) {
    if (wanted !== undefined && each.sequence !== wanted) continue
    const found = await readBackup(volume, each)
    if (found === undefined) continue
    const summary = found.manifest?.summary
    if (wanted === undefined && summary !== undefined && summary.linked !== linked) continue
    chain.push(found)
    if (summary === undefined || summary.previous === null) break
    wanted = summary.previous.sequence
  }
  return chain.reverse()
}

async function readBackup(
  volume: Volume,
  { name, sequence }: NamedBackup,
): Promise<FoundBackup | undefined> {
  try {
    const path = `${name}/${BACKUP_MANIFEST_FILE}`
    const bytes = await volume.read(path, constants.MAX_LENGTH)
    if (bytes === undefined) return undefined
    return { sequence, name, ...(await decodeManifest(bytes, sequence)) }
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof DiskError)) throw error
    if (error instanceof DiskError && isMomentary(error)) throw error
    return { sequence, name, damage: error.message, cause: error }
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
  for (let at = 0; at < covered.length; at += HASHED_AT_ONCE) {
    digest.update(covered.subarray(at, at + HASHED_AT_ONCE))
    await dueTurn()
  }
  if (digest.copy().digest('hex') !== expected) throw new FormatError('its checksum does not match')
  const sha256 = digest.update(bytes.subarray(covered.length)).digest('hex')
  return { manifest: await decodeLines(bytes, sequence), sha256 }
}

async function decodeLines(bytes: Uint8Array, sequence: number): Promise<Manifest> {
  const files = new Map<string, BackedUpFile>()
  const removed = new Set<string>()
  let summary: BackupSummary | undefined
  let count = 0
  for (const lines of linesOf(bytes)) {
    for (const line of lines) {
      if (summary !== undefined) throw new FormatError('it continues behind its end')
      const decoded = decodeLine(line, sequence)
      if ('summary' in decoded) {
        summary = decoded.summary
        continue
      }
      const isRemoved = 'removed' in decoded
      const path = isRemoved ? decoded.removed : decoded.path
      if (isRemoved) removed.add(path)
      else files.set(path, decoded)
      const isNew = files.size + removed.size === ++count
      if (!isNew || (isRemoved ? files : removed).has(path))
        throw new FormatError(`it names ${JSON.stringify(path)} twice`)
    }
    await dueTurn()
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
  const cause = found?.cause
  return new StorageError('FS-LOAD-001', `${what} ${why}`, {
    ...(cause && { cause }),
    context: { path, reason: 'manifest', backup: sequence },
  })
}

/**
 * The files of the last backup of a chain.
 * @param chain the files of its first manifest become the result, so that they are not copied: use it up
 */
export async function foldChain(
  chain: readonly { readonly manifest: Manifest }[],
): Promise<BackupState> {
  const [first, ...later] = chain
  const state = first?.manifest.files ?? new Map<string, BackedUpFile>()
  let count = 0
  for (const { manifest } of later) {
    for (const path of manifest.removed) {
      state.delete(path)
      if (++count % ENTRIES_AT_ONCE === 0) await dueTurn()
    }
    for (const [path, file] of manifest.files) {
      state.set(path, file)
      if (++count % ENTRIES_AT_ONCE === 0) await dueTurn()
    }
  }
  return state
}
