import { readFile, readlink } from 'node:fs/promises'
import { readlinkSync } from 'node:fs'
import { platform } from 'node:process'

/** Windows has none: what `/proc` names there is a directory of the current drive, which anybody may have made. */
const HAS_PROC = platform !== 'win32'

/** What stands in a file of /proc; `undefined` where it is not there, or not ours to read. */
export async function readProc(path: string): Promise<string | undefined> {
  if (!HAS_PROC) return undefined
  return await readFile(path, 'utf8').catch(() => undefined)
}

/** Where a link of /proc leads; '' where there is none. */
export async function followProc(path: string): Promise<string> {
  return HAS_PROC ? await readlink(path).catch(() => '') : ''
}

/** As `followProc`, of the thread that asks: the asynchronous calls of node:fs are made by others. */
export function followProcHere(path: string): string {
  if (!HAS_PROC) return ''
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
