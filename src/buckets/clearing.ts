import { nowText } from '../base/clock.js'
import { mapLimited } from '../base/map-limited.js'
import { idOf, isMarker, newId, type Bucket } from './bucket.js'
import { cleared } from './head-state.js'
import { discardPages } from './history-pages.js'
import type { Heads } from './heads.js'
import type { ObjectNames } from './object-names.js'
import type { PromptReader } from './prompt-reader.js'
import type { StoreMark } from './store-mark.js'

const AT_ONCE = 16

export interface ClearingParts {
  readonly bucket: Bucket
  readonly names: ObjectNames
  readonly heads: Heads
  readonly reader: PromptReader
  readonly mark: StoreMark
}

/**
 * Removes everything, prompt by prompt: a bucket has no change of all of them. Each prompt is whole or empty, whenever
 * the process ends. From before the first until after the last, or until the store is next opened, the past is not known,
 * so that no view of it shows a part.
 */
export async function clearStore(parts: ClearingParts): Promise<void> {
  const { mark, reader } = parts
  await mark.beginClearing()
  const promptIds = await reader.allIds()
  await mapLimited(promptIds, AT_ONCE, async (promptId) => await clearPrompt(parts, promptId))
  await mark.endClearing()
}

async function clearPrompt(parts: ClearingParts, promptId: string): Promise<void> {
  const { bucket, names, heads, reader } = parts
  for (;;) {
    const { head, versions } = await reader.look(promptId)
    const objects = await mapLimited(versions, AT_ONCE, async (version) => {
      return { version, object: await reader.object(promptId, version) }
    })
    const there = objects.flatMap(({ version, object }) =>
      object === undefined || isMarker(object) ? [] : [{ version, object }],
    )
    const ids = new Map(there.map(({ version, object }) => [version, idOf(object)]))
    if (head.object === undefined && ids.size === 0) return
    if ((await heads.swap(head, cleared(head.state, nowText(), ids, newId()))) === undefined)
      continue
    await mapLimited(there, AT_ONCE, async ({ object }) => await bucket.remove(object))
    await discardPages(bucket, names, head.state)
    return
  }
}
