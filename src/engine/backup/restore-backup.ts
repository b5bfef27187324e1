import { dirname, resolve } from 'node:path'
import type { ByteSource } from '../../base/byte-source.js'
import { withTemporaryDirectory } from '../../disk/temporary-directory.js'
import { StorageError } from '../../base/errors.js'
import { pathOption } from '../../base/options.js'
import type { BackedUpFile, BackupStore } from '../../format/backup-manifest.js'
import {
  chainTo,
  findBackups,
  foldChain,
  type FoundBackup,
  type ReadBackup,
} from './backup-chain.js'
import { BackupContents, releaseContents } from './backup-contents.js'
import { resolveRestoreOptions, type RestoreOptions, type RestoreReport } from './backup-options.js'
import { diskOf, openBackups, refuseOverlap } from './backup-place.js'
import type { BackupState } from './backup-state.js'
import { NewPlace } from './new-place.js'
import { unpackBackups } from './unpack-backups.js'

/** Reads a file of the backup; undefined if it has none, or a damaged one. */
export type ReadBackedUp = (path: string) => Promise<Uint8Array | undefined>

/** What to restore. */
export interface Restoring {
  /** A backup of another kind of store is refused. Default: any. */
  readonly kind?: string
  /** The first backup of this time or later, in place of the one that the options name. */
  readonly notBefore?: Date
  /** Which files are restored; default all. */
  readonly choose?: (
    read: ReadBackedUp,
    paths: readonly string[],
  ) => Promise<(path: string) => boolean>
}

/** Restores a backup into a new place. @throws StorageError as `DurableDirectory.restore` says */
export async function restoreInto(
  from: string | URL,
  given: RestoreOptions,
  restoring: Restoring = {},
): Promise<RestoreReport> {
  const directory = pathOption('directory', from)
  const options = resolveRestoreOptions(given)
  const { to } = options
  await refuseOverlap(to, directory, 'A restored store')
  const volume = await openBackups(directory, options)
  try {
    const { backups } = await findBackups(volume)
    const { notBefore } = restoring
    const which = notBefore === undefined ? options.backup : { notBefore }
    const backup = choose(backups, which, directory)
    checkKind(backup.manifest.summary.store, restoring.kind, directory)
    const chain = chainTo(backups, backup.sequence)
    const state = await foldChain(chain)
    const contents = new BackupContents(volume, chain)
    const files = await chosen(state, contents, restoring)
    const place = await NewPlace.open(to, options)
    try {
      const damaged = await place.fill(files, contents, options)
      const { lsn, at } = backup.manifest.summary
      const whole = new Set(damaged.map(({ path }) => path))
      const restored = files.filter(({ path }) => !whole.has(path))
      return {
        path: place.path,
        backup: backup.sequence,
        lsn,
        at,
        files: restored.length,
        bytes: restored.reduce((sum, { bytes }) => sum + bytes, 0),
        damaged,
      }
    } finally {
      await place.close()
    }
  } finally {
    await volume.close()
  }
}

/**
 * Restores an archive of backups. It is unpacked beside the new place first, and that is removed afterwards: the
 * manifests, which tell what is in it, may come last.
 */
export async function restoreStream(
  from: ByteSource,
  given: RestoreOptions,
  restoring: Restoring = {},
): Promise<RestoreReport> {
  const options = resolveRestoreOptions(given)
  const beside = dirname(resolve(options.to))
  return await withTemporaryDirectory(async (directory) => {
    const volume = await diskOf(options).openVolume(directory, { ...options, create: false })
    try {
      await unpackBackups(from, volume)
    } finally {
      await volume.close()
    }
    return await restoreInto(directory, given, restoring)
  }, beside)
}

async function chosen(
  state: BackupState,
  contents: BackupContents,
  { choose: choosing }: Restoring,
): Promise<readonly BackedUpFile[]> {
  if (choosing === undefined) return [...state.values()]
  const read: ReadBackedUp = async (path) => {
    const file = state.get(path)
    const found = file && (await contents.read([file]))
    if (found !== undefined) await releaseContents(found)
    const [content] = found ?? []
    return content !== undefined && 'bytes' in content ? content.bytes : undefined
  }
  const isWanted = await choosing(read, [...state.keys()])
  return [...state.values()].filter(({ path }) => isWanted(path))
}

type Which = number | Date | { readonly notBefore: Date } | undefined

/** The backup that is meant. @throws StorageError FS-FORMAT-001 with reason `no_backup`, which names those there are */
function choose(backups: readonly FoundBackup[], which: Which, directory: string): ReadBackup {
  const timeOf = ({ manifest }: FoundBackup): number => Date.parse(manifest?.summary.at ?? '')
  const found =
    typeof which === 'object' && 'notBefore' in which
      ? backups.find((one) => timeOf(one) >= which.notBefore.getTime())
      : backups.findLast((one) => {
          if (which === undefined) return true
          return typeof which === 'number' ? one.sequence === which : timeOf(one) <= which.getTime()
        })
  if (found !== undefined) return chainTo(backups, found.sequence).at(-1) as ReadBackup
  // One that cannot be read may be the one that is meant.
  const { cause } = backups.findLast((one) => one.cause !== undefined) ?? {}
  const [first, last] = [backups[0], backups.at(-1)]
  const range =
    first === undefined || last === undefined
      ? 'there are none'
      : `there are ${backups.length}, from ${describe(first)} to ${describe(last)}`
  throw new StorageError(
    'FS-FORMAT-001',
    `'${directory}' has no backup${meaning(which)}: ${range}`,
    {
      ...(cause && { cause }),
      context: { path: directory, reason: 'no_backup', entries: backups.length },
    },
  )
}

function meaning(which: Which): string {
  if (which === undefined) return ''
  if (typeof which === 'number') return ` with the number ${which}`
  if ('notBefore' in which) return ` of ${which.notBefore.toISOString()} or later`
  return ` as old as ${which.toISOString()}`
}

function describe({ sequence, manifest }: FoundBackup): string {
  return `${sequence} (${manifest?.summary.at ?? 'damaged'})`
}

function checkKind({ kind }: BackupStore, wanted: string | undefined, directory: string): void {
  if (wanted === undefined || kind === wanted) return
  throw new StorageError(
    'FS-FORMAT-001',
    `'${directory}' has backups of a store of ${kind}, not of ${wanted}`,
    { context: { path: directory, reason: 'other_kind', holds: kind } },
  )
}
