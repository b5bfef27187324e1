import { mapLimited } from '../base/map-limited.js'
import type { HistoryEntry } from '../versions/prompt-history.js'
import { newId, type Bucket } from './bucket.js'
import type { HeadState } from './head-state.js'
import { decodeHistory, encodeHistory } from './head-text.js'
import type { ObjectNames } from './object-names.js'

const AT_ONCE = 16

/** Writes a page of a history. All who write one under this name write the same entries. */
export async function keepPage(
  bucket: Bucket,
  name: string,
  entries: readonly HistoryEntry[],
): Promise<void> {
  await bucket.write({ name, bytes: encodeHistory(entries), id: newId(), precondition: 'absent' })
}

/** The whole history of a prompt. @throws StorageError FS-LOAD-001 for a page that is missing or damaged */
export async function readHistory(
  bucket: Bucket,
  names: ObjectNames,
  state: HeadState,
): Promise<readonly HistoryEntry[]> {
  const pages = await mapLimited(pagesOf(names, state), AT_ONCE, async (name) => {
    const found = await bucket.read(name)
    return decodeHistory(found?.bytes ?? Buffer.from(''), `${bucket.place}: ${name}`)
  })
  return [...pages.flat(), ...state.tail]
}

/** Removes the pages of a history that nothing refers to any more. */
export async function discardPages(
  bucket: Bucket,
  names: ObjectNames,
  state: HeadState,
): Promise<void> {
  await mapLimited(pagesOf(names, state), AT_ONCE, async (name) => {
    const object = await bucket.head(name)
    if (object !== undefined) await bucket.discard(object)
  })
}

function pagesOf(names: ObjectNames, { promptId, epoch, pages }: HeadState): readonly string[] {
  return Array.from({ length: pages }, (_, page) => names.historyPage(promptId, epoch, page))
}
