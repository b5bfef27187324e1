import { link, lstat, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { attempt } from './node-error.js'

/**
 * The file that keeps `directory`, an absolute path, from being a directory: the path itself, or one above it.
 * undefined if that is not known.
 */
export async function blockingFile(directory: string): Promise<string | undefined> {
  for (let path = directory; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined) return found.isDirectory() ? undefined : path
    if (path === dirname(path)) return undefined
  }
}

/** When the file was made, in ms since 1970; undefined if it is missing or the file system does not record it. */
export async function birthMs(directory: string, path: string): Promise<number | undefined> {
  const found = await lstat(join(directory, path)).catch(() => undefined)
  return found === undefined || found.birthtimeMs === 0 ? undefined : found.birthtimeMs
}

/** The path of a directory that may be missing, without symbolic links in the part that exists. */
export async function realPlace(directory: string): Promise<string> {
  const missing: string[] = []
  for (let path = resolve(directory); ; path = dirname(path)) {
    const real = await realpath(path).catch(() => undefined)
    if (real !== undefined) return join(real, ...missing.reverse())
    if (path === dirname(path)) return resolve(directory)
    missing.push(basename(path))
  }
}

/**
 * Whether one directory is the other, or is in it. Both are as `realPlace` returns them. (On Windows, a relative path
 * to another drive is an absolute one.)
 */
export function doOverlap(left: string, right: string): boolean {
  return [relative(left, right), relative(right, left)].some(
    (path) => path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path),
  )
}

/**
 * Gives a file a second name: both are the same file. Rejects with DiskError EXDEV when the names are not on one file
 * system, EMLINK when the file has too many, EPERM when links are not allowed.
 */
export async function linkFile(from: string, to: string): Promise<void> {
  await attempt('link', to, async () => await link(from, to))
}
