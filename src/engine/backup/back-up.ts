import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { nowMs } from '../../base/clock.js'
import { wrongArgument } from '../../base/misuse.js'
import { publish } from '../../base/channels.js'
import { isStorageError } from '../../base/errors.js'
import { pathOption } from '../../base/options.js'
import type { Volume } from '../../disk/disk.js'
import type { BackupStore } from '../../format/backup-manifest.js'
import { backupName, MARK_BYTES_MAX, MARK_FILE } from '../../format/layout.js'
import { parseMark } from '../opening/directory-mark.js'
import { chainTo, foldChain, nameBackups, readLastChain, type FoundBackup } from './backup-chain.js'
import {
  resolveBackupOptions,
  type BackupOptions,
  type BackupPlace,
  type BackupReport,
  type ResolvedBackupOptions,
} from './backup-options.js'
import { encodeMark, openDestination, type PlaceOptions } from './backup-place.js'
import { NO_BASE, type BackupBase } from './backup-state.js'
import { DirectoryTarget, type BackupTarget } from './backup-target.js'
import { Copying, type Making } from './copying.js'
import { removeTree } from './remove-tree.js'
import { StoreSource, type SourceParts } from './store-source.js'
import { TarTarget } from './tar-target.js'
import { writeManifest } from './write-manifest.js'

/** What a backup is made from. */
interface BackupSource extends SourceParts {
  readonly store: BackupStore
}

/**
 * Backs an open store up.
 * @param as what kind of store it is, and how it was opened
 * @throws TypeError or RangeError for a wrong option; StorageError as `DurableDirectory.backup` says
 */
export async function backUpStore(
  parts: SourceParts,
  to: BackupPlace,
  given: BackupOptions | undefined,
  as: { readonly kind: string; readonly options: PlaceOptions },
): Promise<BackupReport> {
  const options = resolveBackupOptions(given)
  const stream = isWritable(to) ? to : undefined
  const directory = isWritable(to) ? '' : pathOption('to', to)
  if (stream !== undefined && options.snapshot)
    throw wrongArgument('Option "snapshot" needs a directory: a stream can hold no links')
  const { journal, volume } = parts
  if (journal.opening.readOnlyBecause === undefined) journal.assertWritable()
  else if (options.snapshot)
    throw wrongArgument(
      'Option "snapshot" needs a store that is open for writing: of one that is only read, the journal may have the newest contents',
    )
  const { ioTimeoutMs, disk, nativeBinding, fileMode, directoryMode } = as.options
  const place = { ioTimeoutMs, disk, nativeBinding, fileMode, directoryMode }
  const store = { kind: as.kind, created_at: await createdAt(volume) }
  if (stream !== undefined) return await backUpToStream(stream, { ...parts, store }, options)
  const destination = await openDestination(directory, volume.directory, store, place)
  try {
    return await backUpTo(destination.volume, { ...parts, store }, options)
  } finally {
    await destination.close()
  }
}

/** When the store was made, as its mark says; '' when the mark is lost. */
async function createdAt(volume: SourceParts['volume']): Promise<string> {
  const bytes = await volume.read(MARK_FILE, MARK_BYTES_MAX)
  const mark = bytes === undefined ? {} : parseMark(bytes)
  return typeof mark?.created_at === 'string' ? mark.created_at : ''
}

/** Writes a full backup as a tar archive. */
async function backUpToStream(
  stream: Writable,
  from: BackupSource,
  options: ResolvedBackupOptions,
): Promise<BackupReport> {
  // Each write reports its failure; without a listener, the event would end the process.
  const ignore = (): void => undefined
  stream.on('error', ignore)
  try {
    const path = backupName(1, new Date(nowMs()).toISOString())
    const target = new TarTarget(stream, path)
    await target.begin(encodeMark(from.store))
    return { path, ...(await makeBackup(from, target, { ...options, sequence: 1, base: NO_BASE })) }
  } finally {
    stream.off('error', ignore)
  }
}

function isWritable(to: unknown): to is Writable {
  return typeof to === 'object' && to !== null && 'write' in to && 'writable' in to
}

async function backUpTo(
  to: Volume,
  from: BackupSource,
  options: ResolvedBackupOptions,
): Promise<BackupReport> {
  const { backups, unfinished, lastSequence } = await nameBackups(to)
  for (const name of unfinished) await removeTree(to, name)
  const base = options.full
    ? NO_BASE
    : await baseOf(await readLastChain(to, backups, options.snapshot))
  const sequence = lastSequence + 1
  const name = backupName(sequence, new Date(nowMs()).toISOString())
  const linkedTo = options.snapshot ? from.volume.directory : undefined
  const target = new DirectoryTarget(to, name, linkedTo)
  try {
    const made = await makeBackup(from, target, { sequence, base, ...options })
    return { path: join(to.directory, name), ...made }
  } catch (error) {
    await removeQuietly(to, name)
    throw error
  }
}

/** The last backup, if its chain is whole. */
async function baseOf(chain: readonly FoundBackup[]): Promise<BackupBase> {
  const last = chain.at(-1)
  if (last === undefined) return NO_BASE
  try {
    const state = await foldChain(chainTo(chain, last.sequence))
    const { bytes } = last.manifest?.summary ?? NO_BASE
    return { state, bytes, previous: { sequence: last.sequence, sha256: last.sha256 ?? '' } }
  } catch (error) {
    if (!isStorageError(error, 'FS-LOAD-001')) throw error
    return { ...NO_BASE, broken: error.message }
  }
}

/** Makes one backup: its contents first, then the manifest. */
async function makeBackup(
  from: BackupSource,
  target: BackupTarget,
  making: Making,
): Promise<Omit<BackupReport, 'path'>> {
  const source = new StoreSource(from)
  try {
    const copying = new Copying(source, target, making, from.volume.capabilities.network)
    const point = await copying.run()
    return await writeManifest(from, target, making, copying, point)
  } finally {
    source.close()
  }
}

/** What cannot be removed now is removed by the next backup: it has no manifest. */
async function removeQuietly(volume: Volume, name: string): Promise<void> {
  try {
    await removeTree(volume, name)
  } catch (error) {
    publish('background-error', () => ({ directory: volume.directory, stage: 'backup', error }))
  }
}
