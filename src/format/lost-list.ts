import { TextDecoder, TextEncoder } from 'node:util'
import type { LostFile } from '../base/channels.js'

/** The list of lost files, as `.lost.json` holds it. */

export interface LostList {
  readonly files: readonly LostFile[]
  /** How many more there are, for which the list has no space. */
  readonly omitted: number
}

/** The list keeps this many names; further files are counted. */
export const LOST_FILES_MAX = 1000
/** A longer file is not a list. */
export const LOST_LIST_BYTES_MAX: number = 1024 * 1024
const WORD_MAX = 64

/** The bytes of the list, within both limits: files without space in it are counted as omitted. */
export function encodeLostList({ files, omitted }: LostList): Uint8Array {
  const kept = files.slice(0, LOST_FILES_MAX)
  while (true) {
    const left = files.length - kept.length
    const text = `${JSON.stringify({ files: kept, omitted: omitted + left }, null, 2)}\n`
    const bytes = new TextEncoder().encode(text)
    if (bytes.length <= LOST_LIST_BYTES_MAX) return bytes
    kept.splice(Math.floor(kept.length / 2))
  }
}

/** Undefined for bytes that are not a list. */
export function decodeLostList(bytes: Uint8Array): LostList | undefined {
  if (bytes.length > LOST_LIST_BYTES_MAX) return undefined
  const value = parse(bytes)
  if (typeof value !== 'object' || value === null) return undefined
  const { files, omitted } = value as { files?: unknown; omitted?: unknown }
  if (!Array.isArray(files) || files.length > LOST_FILES_MAX) return undefined
  if (!Number.isSafeInteger(omitted) || (omitted as number) < 0) return undefined
  return files.every(isLostFile) ? { files, omitted: omitted as number } : undefined
}

/** A reason from a later version is passed on as it is. */
function isLostFile(value: unknown): value is LostFile {
  if (typeof value !== 'object' || value === null) return false
  const { path, reason, noticed_at: at, kept_as: kept } = value as Record<string, unknown>
  if (typeof path !== 'string' || path === '') return false
  if (kept !== undefined && typeof kept !== 'string') return false
  return isWord(reason) && isWord(at)
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= WORD_MAX
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // What cannot be parsed is not a list: the caller says so.
    return undefined
  }
}
