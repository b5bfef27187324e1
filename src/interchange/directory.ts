import { join, resolve } from 'node:path'
import { TextDecoder } from 'node:util'
import { VERSION_FILE_BYTES_MAX } from '../document/version-file.js'
import { isDirectory, listTree } from '../disk/file-tree.js'
import { expandInputPath, readInputFile } from '../disk/input-files.js'
import { isError } from '../base/values.js'
import { isGlob, matchesGlob } from './glob.js'
import { InterchangeError } from './interchange-error.js'
import type { OtherItem } from './item.js'

/** A file of the user as text. */
export interface TextFile {
  /** As it is named in reports: relative to the directory, or as the user named it. */
  readonly path: string
  readonly text: string
}

/**
 * The files of a directory and below it, in the order of their paths. One that cannot be read is an item that is refused.
 * @throws InterchangeError OPT-FORMAT-001 for a directory that cannot be read
 */
export async function* readTree(
  directory: string,
  extensions: readonly string[],
): AsyncGenerator<TextFile | OtherItem> {
  for (const path of await orUnreadable(directory, listTree(directory, extensions)))
    yield await readFileAs(join(directory, path), path, false)
}

/** The files that a path or a pattern names, relative to a directory: those with other names are not read. */
export async function* readMatching(
  directory: string,
  pattern: string,
): AsyncGenerator<TextFile | OtherItem> {
  const parts = pattern.split('/')
  const firstGlob = parts.findIndex(isGlob)
  if (firstGlob < 0) return yield await readFileAs(resolve(directory, pattern), pattern, false)
  const above = parts.slice(0, firstGlob).join('/')
  const root = resolve(directory, above)
  const paths = (await isDirectory(root)) ? await orUnreadable(root, listTree(root, [''])) : []
  const rest = parts.slice(firstGlob).join('/')
  for (const path of paths.filter((each) => matchesGlob(each, rest)))
    yield await readFileAs(join(root, path), above === '' ? path : `${above}/${path}`, false)
}

/** The path itself, or for a directory the files in it with these extensions. @throws InterchangeError OPT-FORMAT-001 */
export async function expandPath(
  path: string,
  extensions: readonly string[],
): Promise<readonly string[]> {
  return await orUnreadable(path, expandInputPath(path, extensions))
}

/** A file that the user named. @throws InterchangeError OPT-FORMAT-001 */
export async function readNamedFile(path: string): Promise<TextFile> {
  const file = await readFileAs(path, path, true)
  if (!('kind' in file)) return file
  throw new InterchangeError('OPT-FORMAT-001', `${path} cannot be imported: ${file.reason}`, {
    context: { path },
  })
}

async function readFileAs(
  path: string,
  name: string,
  isNamed: boolean,
): Promise<TextFile | OtherItem> {
  try {
    const text = textOf(await readInputFile(path, VERSION_FILE_BYTES_MAX, { isNamed }))
    if (text !== undefined) return { path: name, text }
    return { kind: 'refused', place: name, reason: NOT_UTF8 }
  } catch (error) {
    if (!isError(error) || !('syscall' in error)) throw error
    return { kind: 'refused', place: name, reason: `it cannot be read: ${error.message}` }
  }
}

export const NOT_UTF8 = 'it is not UTF-8 text'

/** The text of bytes, with a byte order mark if there is one; undefined for bytes that are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

async function orUnreadable<Result>(path: string, reading: Promise<Result>): Promise<Result> {
  try {
    return await reading
  } catch (cause) {
    if (!isError(cause) || !('syscall' in cause)) throw cause
    throw new InterchangeError('OPT-FORMAT-001', `${path} cannot be read: ${cause.message}`, {
      context: { path },
      cause,
    })
  }
}
