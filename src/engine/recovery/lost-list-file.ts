import { nowText } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Committer, Volume } from '../../disk/disk.js'
import { LOST_FILE } from '../../format/layout.js'
import {
  decodeLostList,
  encodeLostList,
  LOST_LIST_BYTES_MAX,
  type LostList,
} from '../../format/lost-list.js'
import { type LostFile } from '../../base/channels.js'
import { encodeRecord, OperationKind } from '../../format/record.js'

export const NO_LOSSES: LostList = { files: [], omitted: 0 }

export interface FoundList {
  /** Undefined when there is no list; empty where they cannot be a condition. */
  readonly bytes: Uint8Array | undefined
  readonly list: LostList
  readonly isDamaged: boolean
}

/** Read failures caused by what has the list's name. */
const NO_FILE: ReadonlySet<string> = new Set(['EISDIR', 'ELOOP', 'EINVAL', 'ENXIO', 'EFBIG'])

/** A list that cannot be read is itself a lost file. */
export async function readLostList(
  read: (path: string, maxBytes: number) => Promise<Uint8Array | undefined>,
): Promise<FoundList> {
  try {
    const bytes = await read(LOST_FILE, LOST_LIST_BYTES_MAX)
    if (bytes === undefined) return { bytes, list: NO_LOSSES, isDamaged: false }
    const list = decodeLostList(bytes)
    return list === undefined ? damagedList(bytes) : { bytes, list, isDamaged: false }
  } catch (error) {
    if (!(error instanceof DiskError && NO_FILE.has(error.code))) throw error
    return damagedList(new Uint8Array(0))
  }
}

function damagedList(bytes: Uint8Array): FoundList {
  const noticedAt = nowText()
  const file = { path: LOST_FILE, reason: 'content_damaged', noticed_at: noticedAt } as const
  return { bytes, list: { files: [file], omitted: 0 }, isDamaged: true }
}

/**
 * Adds to the list in place, flushed, for recovery: no other process can commit, and what the journal has of these
 * files must not go before the list is on the disk.
 */
export async function keepLost(
  volume: Volume,
  committer: Committer,
  files: readonly LostFile[],
): Promise<void> {
  if (files.length === 0) return
  const { list } = await readLostList(async (path, maxBytes) => await volume.read(path, maxBytes))
  const listed = new Set(list.files.map(({ path }) => path))
  const news = files.filter(({ path }) => !listed.has(path))
  if (news.length === 0) return
  const content = encodeLostList({ ...list, files: [...list.files, ...news] })
  const record = { kind: OperationKind.replace, path: LOST_FILE, content, external: false }
  await committer.redo(encodeRecord([record]), { flush: true })
}
