import { readFile, readlink } from 'node:fs/promises'
import { readlinkSync } from 'node:fs'
import { platform } from 'node:process'

/** Windows has none: there, `/proc` is a directory of the current drive, which any user may have made. */
const HAS_PROC = platform !== 'win32'

/** The content of a file in /proc; `undefined` if it is missing or may not be read. */
export async function readProc(path: string): Promise<string | undefined> {
  if (!HAS_PROC) return undefined
  return await readFile(path, 'utf8').catch(() => undefined)
}

/** Where a link in /proc leads; '' if there is none. */
export async function followProc(path: string): Promise<string> {
  return HAS_PROC ? await readlink(path).catch(() => '') : ''
}

/** As `followProc`, for the calling thread: other threads make the asynchronous calls of node:fs. */
export function followProcHere(path: string): string {
  if (!HAS_PROC) return ''
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
