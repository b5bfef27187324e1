import { isBytes, isError } from '../../base/values.js'
import { isDamage } from '../../base/errors.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import { storageError } from '../../engine/failure.js'
import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'
import { announceDamage, readChecked, readVersion, type Expected } from './version-reader.js'

/** Called for each document that was read, in any order. @param content of its file */
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
  const wanted = versions.map((version) => expectedOf(store, promptId, version))
  const readPart = async (part: readonly Expected[]): Promise<void> => {
    const contents = await readMany(store, promptId, part)
    for (const [place, one] of part.entries()) {
      const content = contents[place]
      const checked = isBytes(content) ? readChecked<Version>(content, one, store.rules) : undefined
      const document = checked ?? (await readOrSkip(store, content, one))
      if (document !== undefined && isBytes(content)) taken(document, content)
    }
  }
  await Promise.all(growingParts(wanted).map(readPart))
}

async function readMany<Version extends VersionDocument>(
  { directory }: OpenStore<Version>,
  promptId: string,
  wanted: readonly Expected[],
): Promise<readonly (Uint8Array | undefined | Error)[]> {
  try {
    const paths = wanted.map(({ path }) => path)
    return await directory.readManyCommitted(paths, VERSION_FILE_BYTES_MAX)
  } catch (error) {
    throw storageError(error, {
      fallback: 'FS-LOAD-002',
      what: `Cannot load versions of prompt ${promptId}`,
      context: { prompt_id: promptId },
    })
  }
}

/** Finds out why a content is not plainly as it was saved. */
async function readOrSkip<Version extends VersionDocument>(
  store: OpenStore<Version>,
  content: Uint8Array | Error | undefined,
  expected: Expected,
): Promise<Version | undefined> {
  try {
    if (isError(content)) throw readFailure(content, expected)
    if (content === undefined)
      return await recheckMissing(store, expected.promptId, expected.version)
    return await readVersion(content, expected, store.rules)
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

export function expectedOf<Version extends VersionDocument>(
  { layout }: OpenStore<Version>,
  promptId: string,
  version: string,
): Expected {
  return { promptId, version, path: layout.versionPath(promptId, version) }
}

export function readFailure(error: unknown, { promptId, version }: Expected): Error {
  return storageError(error, {
    fallback: 'FS-LOAD-002',
    what: `Cannot load version ${version} of prompt ${promptId}`,
    context: { prompt_id: promptId, version },
  })
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
