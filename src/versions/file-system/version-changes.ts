import { isDamage, isStorageError, StorageError } from '../../base/errors.js'
import { encodeVersionFile, VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import { ifStill, type FileChange, type Operation } from '../../engine/commit/transaction.js'
import type { FailedOperation } from '../../engine/failure.js'
import type { Candidate } from '../accept-version.js'
import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'
import { promptFileIn, type KnownPlace } from './store-layout.js'
import { encodePromptFile } from './tree-scan.js'
import { commitTimeIn } from './version-reader.js'

/** How a version gets its file. */
export interface Creation<Version extends VersionDocument> {
  readonly candidate: Candidate<Version>
  readonly path: string
  readonly tag: KnownPlace
  readonly bytes: Uint8Array
  readonly operation: FileChange
}

/** @param savedAt the time of the commit: one for all, since one transaction saves them */
export function creationsOf<Version extends VersionDocument>(
  { checksums, layout, schema }: OpenStore<Version>,
  candidates: readonly Candidate<Version>[],
  savedAt: string,
): readonly Creation<Version>[] {
  const encoding = { checksum: checksums, savedAt, schemaVersion: schema.version }
  return candidates.map((candidate) => {
    const { prompt_id: promptId, version } = candidate.version
    const tag = layout.placeOf(promptId, version)
    const path = layout.pathOf(tag)
    const bytes = encodeVersionFile(candidate.version, encoding)
    return { candidate, path, tag, bytes, operation: { kind: 'create', path, tag, bytes } }
  })
}

/** Puts what was created into the cache. @param epoch the cache's, from before the commit */
export function keepCreated<Version extends VersionDocument>(
  { cache }: OpenStore<Version>,
  creations: readonly Creation<Version>[],
  epoch: number,
): void {
  for (const { candidate, bytes } of creations) cache?.put(candidate.version, bytes.length, epoch)
}

/** For a long id, the directory's name is a hash, and a file in it holds the id itself. */
export function idFilesOf<Version extends VersionDocument>(
  { names }: OpenStore<Version>,
  places: readonly Pick<KnownPlace, 'promptId' | 'directory'>[],
): Operation[] {
  const operations = new Map<string, Operation>()
  for (const { promptId, directory } of places) {
    const path = promptFileIn(directory)
    if (path === undefined || operations.has(path)) continue
    names.noteId(promptId)
    operations.set(path, { kind: 'replace', path, bytes: encodePromptFile(promptId) })
  }
  return [...operations.values()]
}

/** A version that is to be deleted. */
export interface Doomed {
  readonly promptId: string
  readonly version: string
  /** Undefined if the file cannot be read, and there is no trash that it would have to go to. */
  readonly bytes: Uint8Array | undefined
  /** The time of its commit; null if it is unknown. */
  readonly savedAt: string | null
}

/** Reads a version that is to be deleted; undefined if it is missing. */
export async function readDoomed<Version extends VersionDocument>(
  { checksums, directory, enableTrash, layout }: OpenStore<Version>,
  promptId: string,
  version: string,
): Promise<Doomed | undefined> {
  const path = layout.versionPath(promptId, version)
  try {
    const bytes = await directory.read(path, { maxBytes: VERSION_FILE_BYTES_MAX })
    if (bytes === undefined) return undefined
    return { promptId, version, bytes, savedAt: commitTimeIn(bytes, { checksums }) }
  } catch (error) {
    const isUnreadable = isDamage(error) || isStorageError(error, 'FS-PERM-001')
    if (!isUnreadable || enableTrash) throw error
    return { promptId, version, bytes: undefined, savedAt: null }
  }
}

/** The removal of a version, into the trash where there is one. */
export function removalOf<Version extends VersionDocument>(
  { directory, layout, trash, enableTrash }: OpenStore<Version>,
  { promptId, version, bytes }: Doomed,
  at: Date,
): readonly Operation[] {
  const tag = layout.placeOf(promptId, version)
  const path = layout.pathOf(tag)
  if (!enableTrash || bytes === undefined) return [{ kind: 'remove', path, tag }]
  const keep = trash.moveIn(promptId, version, bytes, at)
  // If it was deleted and saved again meanwhile, the new text would be removed without a copy in the trash.
  return [keep, { kind: 'remove', path, tag, ...ifStill(bytes, directory.inlineBytesMax) }]
}

export function deleting(promptId: string, version: string): FailedOperation {
  return {
    fallback: 'FS-DELETE-001',
    what: `Cannot delete version ${version} of prompt ${promptId}`,
    context: { prompt_id: promptId, version },
  }
}

/**
 * The path of a new version is taken. If the index lacks the version, another program has put the file there.
 * @throws StorageError FS-SAVE-001 if a directory, link or device has the path
 */
export async function indexTaken<Version extends VersionDocument>(
  { names, layout, directory }: OpenStore<Version>,
  { prompt_id: promptId, version }: VersionDocument,
): Promise<void> {
  await names.current()
  if (names.has(promptId, version) === true) return
  await names.recheck(promptId)
  if (names.has(promptId, version) === true) return
  const path = layout.versionPath(promptId, version)
  const found = await directory.volume.stat(path)
  if (found === undefined || found.kind === 'file') return
  const what = found.kind === 'directory' ? 'a directory' : 'a link or device'
  throw new StorageError(
    'FS-SAVE-001',
    `Cannot save version ${version} of prompt ${promptId}: '${path}' is ${what}; move it away`,
    { context: { prompt_id: promptId, version, path, reason: 'not_a_file' } },
  )
}
