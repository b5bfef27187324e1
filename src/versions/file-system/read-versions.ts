import { isBytes } from '../../base/values.js'
import { isDamage, isStorageError } from '../../base/errors.js'
import { storageError } from '../../engine/failure.js'
import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'
import { plainBytes } from './version-codec.js'
import type { FoundFile } from './version-files.js'
import { announceDamage, readChecked, readVersion, type Expected } from '../version-reader.js'

type Named = Omit<Expected, 'path'>

/** Called for each document that was read, in any order. @param content its text */
export type Taken<Version> = (document: Version, content: Uint8Array) => void

/**
 * Reads the files of versions that the index shows, in a few parts: one is decoded while the next is read. Damaged ones
 * are left out and announced.
 */
export async function readVersions<Version extends VersionDocument>(
  store: OpenStore<Version>,
  promptId: string,
  versions: readonly string[],
  taken: Taken<Version>,
): Promise<void> {
  const readPart = async (part: readonly string[]): Promise<void> => {
    const files = await readFiles(store, promptId, part)
    for (const [at, version] of part.entries()) {
      const read = await readOrSkip(store, files[at], { promptId, version })
      if (read !== undefined) taken(read.document, read.content)
    }
  }
  await Promise.all(growingParts(versions).map(readPart))
}

/** As `VersionFiles.readManyCommitted`. @throws StorageError where none of them can be read */
export async function readFiles<Version extends VersionDocument>(
  { files }: Pick<OpenStore<Version>, 'files'>,
  promptId: string,
  versions: readonly string[],
): Promise<readonly (FoundFile<Uint8Array | Error> | undefined)[]> {
  try {
    return await files.readManyCommitted(promptId, versions)
  } catch (error) {
    throw storageError(error, {
      fallback: 'FS-LOAD-002',
      what: `Cannot load versions of prompt ${promptId}`,
      context: { prompt_id: promptId },
    })
  }
}

interface ReadDocument<Version> {
  readonly document: Version
  readonly content: Uint8Array
}

async function readOrSkip<Version extends VersionDocument>(
  store: OpenStore<Version>,
  file: FoundFile<Uint8Array | Error> | undefined,
  named: Named,
): Promise<ReadDocument<Version> | undefined> {
  try {
    if (file === undefined) return await recheckMissing(store, named.promptId, named.version)
    const { found, path, place } = file
    if (!isBytes(found)) throw readFailure(found, named)
    const expected = { ...named, path }
    const text = place.form === 'plain' ? found : await plainBytes(found, place.form, expected)
    const document =
      readChecked<Version>(text, expected, store.rules) ??
      (await readVersion(text, expected, store.rules))
    return { document, content: text }
  } catch (error) {
    if (!isDamage(error)) throw error
    announceDamage(store.directory.path, error)
    return undefined
  }
}

/**
 * The index shows a version whose file is missing. Either its removal is being committed, which is waited for, or
 * another program has removed the file, and the index is updated.
 */
export async function recheckMissing<Version extends VersionDocument>(
  { directory, names }: OpenStore<Version>,
  promptId: string,
  version: string,
): Promise<undefined> {
  if (names.has(promptId, version) === undefined) return
  await directory.waitForPublish()
  await names.current()
  if (names.has(promptId, version) === true) await names.recheck(promptId)
}

export function readFailure(error: unknown, { promptId, version }: Named): Error {
  return storageError(error, {
    fallback: 'FS-LOAD-002',
    what: `Cannot load version ${version} of prompt ${promptId}`,
    context: { prompt_id: promptId, version },
  })
}

/** Passes a file that cannot be read, whenever it is tried. @throws StorageError if the disk gives no answer now */
export function assertUnreadable(error: unknown, named: Named): void {
  const failure = readFailure(error, named)
  if (!isDamage(failure) && !isStorageError(failure, 'FS-PERM-001')) throw failure
}

const FIRST_PART = 8
const PART_MAX = 128

/**
 * The items in parts, each to be read in one call: the first is small, so that decoding starts soon while the others
 * are read, and each is twice as large as the one before, so that the calls are few.
 */
export function growingParts<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const parts: (readonly Item[])[] = []
  for (let start = 0, size = FIRST_PART; start < items.length; start += size) {
    if (start > 0) size = Math.min(2 * size, PART_MAX)
    parts.push(items.slice(start, start + size))
  }
  return parts
}
