import { isStorageError } from '../../base/errors.js'
import { pathOption } from '../../base/options.js'
import { mapLimited } from '../../base/map-limited.js'
import type { Volume } from '../../disk/disk.js'
import { contentPath, type BackedUpFile } from '../../format/backup-manifest.js'
import { BACKUP_FILES_DIRECTORY, BACKUP_MANIFEST_FILE } from '../../format/layout.js'
import { chainTo, findBackups, type FoundBackup } from './backup-chain.js'
import { BackupContents } from './backup-contents.js'
import {
  resolveSourceOptions,
  type BackupSourceOptions,
  type DamagedFile,
} from './backup-options.js'
import { openBackups } from './backup-place.js'

/** A backup, as its manifest describes it. */
export interface BackupInfo {
  readonly sequence: number
  /** The name of its directory. */
  readonly name: string
  /** The time of its point, ISO 8601 in UTC; undefined when its manifest is damaged. */
  readonly at?: string
  readonly lsn?: number
  readonly full?: boolean
  readonly snapshot?: boolean
  /** Of the whole state. */
  readonly files?: number
  readonly bytes?: number
  /** Files that the store itself had lost, and files of the tree that could not be in a backup. */
  readonly lost_files?: number
  readonly left_out?: number
  /** Why it cannot be restored, as far as the manifests tell: its own is damaged, or its chain is not complete. */
  readonly damage?: string
}

/** A problem of backups. */
export interface BackupFinding {
  /** The backup that has the content or the manifest. */
  readonly backup: number
  /** Relative to the store; of a manifest, relative to the directory of backups. */
  readonly path: string
  /**
   * `manifest`: it is damaged, or a backup that it continues is missing. `missing`, `size`, `content`, `unreadable`: of
   * a content. `unfinished`: a backup that was interrupted, or is running; `surplus`: a file that no manifest names:
   * neither is damage.
   */
  readonly problem: 'manifest' | DamagedFile['reason'] | 'unfinished' | 'surplus'
  readonly detail?: string
}

export interface BackupVerifyReport {
  /** Whether every backup can be restored whole. */
  readonly ok: boolean
  readonly backups: readonly BackupInfo[]
  /** Contents that were read to their end. */
  readonly checked_files: number
  readonly checked_bytes: number
  readonly findings: readonly BackupFinding[]
}

const CHECKS_AT_ONCE = 8

/** Lists the backups of a directory, the oldest first. */
export async function listBackupsIn(
  directory: string | URL,
  options: BackupSourceOptions | undefined,
): Promise<readonly BackupInfo[]> {
  const volume = await openGiven(directory, options, 'listBackups')
  try {
    const { backups } = await findBackups(volume)
    return infosOf(backups)
  } finally {
    await volume.close()
  }
}

/** Reads every content of every backup, and checks that the chains are complete. */
export async function verifyBackupsIn(
  directory: string | URL,
  options: BackupSourceOptions | undefined,
): Promise<BackupVerifyReport> {
  const volume = await openGiven(directory, options, 'verifyBackups')
  try {
    return await verify(volume)
  } finally {
    await volume.close()
  }
}

/** Nothing is written there, so the modes do not matter. */
async function openGiven(
  directory: string | URL,
  options: BackupSourceOptions | undefined,
  where: string,
): Promise<Volume> {
  const path = pathOption('directory', directory)
  return await openBackups(path, resolveSourceOptions(options, where))
}

async function verify(volume: Volume): Promise<BackupVerifyReport> {
  const { backups, unfinished } = await findBackups(volume)
  const infos = infosOf(backups)
  const findings: BackupFinding[] = infos.flatMap(({ sequence, name, damage }) =>
    damage === undefined
      ? []
      : {
          backup: sequence,
          path: `${name}/${BACKUP_MANIFEST_FILE}`,
          problem: 'manifest' as const,
          detail: damage,
        },
  )
  for (const name of unfinished)
    findings.push({ backup: Number.parseInt(name, 10), path: name, problem: 'unfinished' })
  const contents = new BackupContents(volume, backups)
  let [checkedFiles, checkedBytes] = [0, 0]
  for (const backup of backups) {
    const own = ownFiles(backup)
    await mapLimited(own, CHECKS_AT_ONCE, async (file) => {
      const damaged = await contents.damageOf(file)
      checkedFiles++
      checkedBytes += file.bytes
      if (damaged !== undefined)
        findings.push({ backup: backup.sequence, path: file.path, problem: damaged.damage })
    })
    if (backup.manifest !== undefined) await findSurplus(volume, backup, own, findings)
  }
  const ok = findings.every(({ problem }) => problem === 'unfinished' || problem === 'surplus')
  return {
    ok,
    backups: infos,
    checked_files: checkedFiles,
    checked_bytes: checkedBytes,
    findings,
  }
}

/** The contents that a backup has added; it may refer to others of earlier ones. */
function ownFiles({ manifest, sequence }: FoundBackup): readonly BackedUpFile[] {
  return [...(manifest?.files.values() ?? [])].filter(({ run }) => run === sequence)
}

async function findSurplus(
  volume: Volume,
  { name, sequence }: FoundBackup,
  own: readonly BackedUpFile[],
  findings: BackupFinding[],
): Promise<void> {
  const known = new Set(own.map((file) => `${name}/${contentPath(file)}`))
  const look = async (directory: string): Promise<void> => {
    for (const entry of (await volume.list(directory)) ?? []) {
      const path = `${directory}/${entry.name}`
      if (entry.kind === 'directory') await look(path)
      else if (!known.has(path)) findings.push({ backup: sequence, path, problem: 'surplus' })
    }
  }
  await look(`${name}/${BACKUP_FILES_DIRECTORY}`)
}

function infosOf(backups: readonly FoundBackup[]): readonly BackupInfo[] {
  return backups.map(({ sequence, name, manifest }) => {
    const damage = damageOf(backups, sequence)
    const damaged = damage === undefined ? {} : { damage }
    if (manifest === undefined) return { sequence, name, ...damaged }
    const { at, lsn, previous, linked, files, bytes, lost, ...summary } = manifest.summary
    return {
      sequence,
      name,
      at,
      lsn,
      full: previous === null,
      snapshot: linked,
      files,
      bytes,
      lost_files: lost.files.length + lost.omitted,
      left_out: summary.left_out.length + summary.left_out_omitted,
      ...damaged,
    }
  })
}

function damageOf(backups: readonly FoundBackup[], sequence: number): string | undefined {
  try {
    chainTo(backups, sequence)
    return undefined
  } catch (error) {
    if (!isStorageError(error, 'FS-LOAD-001')) throw error
    return error.message
  }
}
