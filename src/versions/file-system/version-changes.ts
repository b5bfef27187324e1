import { isDamage, isStorageError, StorageError } from '../../base/errors.js'
import { isBytes } from '../../base/values.js'
import { encodeVersionFile } from '../../document/version-file.js'
import { ifStill, type Operation } from '../../engine/commit/transaction.js'
import type { FailedOperation } from '../../engine/failure.js'
import type { Candidate } from '../accept-version.js'
import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'
import { assertUnreadable } from './read-versions.js'
import { promptFileIn, type KnownPlace, type StoreLayout } from './store-layout.js'
import { encodePromptFile } from '../../document/prompt-file.js'
import { plainBytes } from './version-codec.js'
import type { FoundFile } from './version-files.js'
import { commitTimeIn } from '../version-reader.js'

/** How a version gets its file. */
export interface Creation<Version extends VersionDocument> {
  readonly candidate: Candidate<Version>
  readonly path: string
  readonly tag: KnownPlace
  readonly bytes: Uint8Array
  /** The creation, and the conditions that the version is at none of its other places. */
  readonly operations: readonly Operation[]
}

/** @param savedAt the time of the commit: one for all, since one transaction saves them; copies have their own */
export function creationsOf<Version extends VersionDocument>(
  { checksums, layout, schema }: OpenStore<Version>,
  candidates: readonly Candidate<Version>[],
  savedAt: string,
): readonly Creation<Version>[] {
  const encoding = { checksum: checksums, savedAt, schemaVersion: schema.version }
  return candidates.map((candidate) => {
    const { prompt_id: promptId, version } = candidate.version
    const { copied } = candidate
    const own = copied && {
      savedAt: copied.savedAt ?? undefined,
      schemaVersion: copied.schemaVersion,
    }
    const bytes = encodeVersionFile(candidate.version, { ...encoding, ...own })
    return { candidate, bytes, ...creationOf(layout, promptId, version, bytes) }
  })
}

/** The creation of a version at its first place, while it is at none of the others. */
export function creationOf(
  layout: StoreLayout,
  promptId: string,
  version: string,
  bytes: Uint8Array,
): Pick<Creation<never>, 'path' | 'tag' | 'operations'> {
  const tag = layout.placeOf(promptId, version)
  const path = layout.pathOf(tag)
  const [, ...others] = layout.placesOf(promptId, version)
  const elsewhere = others.map((place) => layout.pathOf(place))
  return {
    path,
    tag,
    operations: [
      { kind: 'create', path, tag, bytes },
      ...elsewhere.map((other) => ({ kind: 'check', path: other, absent: true }) as const),
    ],
  }
}

/** Puts what was created into the cache, but no copies. @param epoch the cache's, from before the commit */
export function keepCreated<Version extends VersionDocument>(
  { cache }: OpenStore<Version>,
  creations: readonly Creation<Version>[],
  epoch: number,
): void {
  for (const { candidate, bytes } of creations)
    if (candidate.copied === undefined) cache?.put(candidate.version, bytes.length, epoch)
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
  /** Where it is: at one place, unless another program has put it at more. */
  readonly files: readonly Pick<FoundFile, 'path' | 'place'>[]
  /** Of its file; undefined if that cannot be read, and there is no trash that it would have to go to. */
  readonly bytes: Uint8Array | undefined
  /** The time of its commit; null if it is unknown. */
  readonly savedAt: string | null
}

/** Reads a version that is to be deleted; undefined if it is missing. */
export async function readDoomed<Version extends VersionDocument>(
  { checksums, enableTrash, files }: OpenStore<Version>,
  promptId: string,
  version: string,
): Promise<Doomed | undefined> {
  try {
    const file = await files.read(promptId, version)
    if (file === undefined) return undefined
    const all = [file, ...(await files.besides(file))]
    const savedAt = await savedAtOf(file, checksums)
    return { promptId, version, files: all, bytes: file.found, savedAt }
  } catch (error) {
    const isUnreadable = isDamage(error) || isStorageError(error, 'FS-PERM-001')
    if (!isUnreadable || enableTrash) throw error
    const located = await files.locate(promptId, version)
    if (located === undefined) return undefined
    const all = [located, ...(await files.besides(located))]
    return { promptId, version, files: all, bytes: undefined, savedAt: null }
  }
}

/**
 * The time of a version's commit; null if it is unknown, also for a file that is damaged or may not be read.
 * @throws StorageError if the disk gives no answer now
 */
export async function savedAtOf(
  { path, place, found }: FoundFile<Uint8Array | Error>,
  checksums: boolean,
): Promise<string | null> {
  const { promptId, version, form } = place
  if (!isBytes(found)) {
    assertUnreadable(found, { promptId, version })
    return null
  }
  try {
    return commitTimeIn(await plainBytes(found, form, { promptId, version, path }), { checksums })
  } catch (error) {
    if (isStorageError(error, 'FS-LOAD-001')) return null
    throw error
  }
}

/** The removal of a version for good. */
export function erasureOf({ files }: Doomed): readonly Operation[] {
  return files.map(removalAt)
}

/** The removal of a version, into the trash where there is one. */
export function removalOf<Version extends VersionDocument>(
  { directory, trash, enableTrash }: OpenStore<Version>,
  { files, bytes }: Doomed,
  at: Date,
): readonly Operation[] {
  const [file, ...others] = files
  if (file === undefined || !enableTrash || bytes === undefined) return files.map(removalAt)
  const keep = trash.moveIn({ place: file.place, found: bytes }, at)
  // If it was deleted and saved again meanwhile, the new text would be removed without a copy in the trash.
  const removal = { ...removalAt(file), ...ifStill(bytes, directory.inlineBytesMax) }
  return [keep, removal, ...others.map(removalAt)]
}

function removalAt({
  path,
  place: tag,
}: Pick<FoundFile, 'path' | 'place'>): Operation & { kind: 'remove' } {
  return { kind: 'remove', path, tag }
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
  { names, files, directory }: OpenStore<Version>,
  { prompt_id: promptId, version }: VersionDocument,
): Promise<void> {
  await names.current()
  if (names.has(promptId, version) === true) return
  await names.recheck(promptId)
  if (names.has(promptId, version) === true) return
  const located = await files.locate(promptId, version)
  if (located === undefined) return
  const { path } = located
  const found = await directory.volume.stat(path)
  if (found === undefined || found.kind === 'file') return
  const what = found.kind === 'directory' ? 'a directory' : 'a link or device'
  throw new StorageError(
    'FS-SAVE-001',
    `Cannot save version ${version} of prompt ${promptId}: '${path}' is ${what}; move it away`,
    { context: { prompt_id: promptId, version, path, reason: 'not_a_file' } },
  )
}
