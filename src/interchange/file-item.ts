import type { JsonObject } from '../document/json.js'
import { otherItem, reasonOf, type Item, type VersionItem } from './item.js'
import type { TextFile } from './directory.js'
import { completePrompt, formatPromptFile, parsePromptFile } from './prompt-file.js'
import { idOfPath, splitExtension } from './prompt-path.js'
import { itemOfRecord } from './prompt-record.js'

/** The version that a file of a directory holds. @param format as it is named in `metadata.source` */
export async function itemOfFile({ path, text }: TextFile, format: string): Promise<Item> {
  const parsed = await parsePromptFile(path, text)
  if (parsed.kind === 'record') {
    const item = itemOfRecord(path, parsed.record)
    return item.kind === 'version' ? item : otherItem(path, item)
  }
  if (parsed.kind !== 'prompt') return otherItem(path, parsed)
  const promptId = idOfFile(path, format)
  try {
    const raw = await rawText(path, text, completePrompt(promptId, parsed.prompt))
    const metadata = { source: { format, path, ...raw } }
    const draft: VersionItem['draft'] = { prompt: parsed.prompt, metadata }
    return { kind: 'version', promptId, place: path, draft, labels: [], tags: [] }
  } catch (error) {
    return { kind: 'refused', place: path, reason: reasonOf(error) }
  }
}

/** A partial of dotprompt is included by its name without the underscore. */
export function idOfFile(path: string, format: string): string {
  const id = idOfPath(splitExtension(path)[0])
  return format === 'dotprompt' ? id.replace(/(^|\/)_(?=[^/]+$)/, '$1') : id
}

/** The text of the file, for `metadata.source`, where the prompt alone does not say it. */
export async function rawText(
  path: string,
  text: string,
  prompt: Parameters<typeof formatPromptFile>[1],
): Promise<JsonObject> {
  return (await formatPromptFile(path, prompt)) === text ? {} : { text }
}
