import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, stringOption } from '../../base/options.js'
import { wholeText } from '../prompts/prompt.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import { offersPromptIds } from '../version-storage.js'
import { checkLabelName } from './label-name.js'
import type { RegistryStorage } from './registry-options.js'
import { readHead } from './storage-reads.js'
import { checkTag } from './tag-name.js'
import { recordOf, type VersionRecord } from './version-records.js'

/** What a version has to have; each that is given. */
export interface SearchOptions {
  /** A part of its text, of one of its messages' texts, or of `metadata.message`; upper and lower case are the same. */
  readonly text?: string
  /** A label that it has. */
  readonly label?: string
  /** A tag that it has. */
  readonly tag?: string
  /** Its `metadata.author`. */
  readonly author?: string
  /** How its prompt id begins. */
  readonly prefix?: string
}

/** @throws TypeError that names the option, also for a storage that cannot list its prompts */
export function checkSearch(storage: object, options: SearchOptions = {}): SearchOptions {
  rejectUnknown(options, ['text', 'label', 'tag', 'author', 'prefix'], 'search')
  for (const name of ['text', 'author', 'prefix'] as const)
    if (options[name] !== undefined) stringOption(name, options[name])
  if (options.label !== undefined) checkLabelName(options.label, 'label')
  if (options.tag !== undefined) checkTag(options.tag, 'tag')
  if (!offersPromptIds(storage))
    throw wrongArgument('The storage cannot list its prompts, so they cannot be searched')
  return { ...options }
}

/** The versions that fit, by prompt id, the newest first. */
export async function search(
  storage: RegistryStorage,
  options: SearchOptions,
): Promise<readonly VersionRecord[]> {
  const found: VersionRecord[] = []
  const ids = offersPromptIds(storage) ? await storage.listPromptIds() : []
  for (const promptId of ids) {
    if (!promptId.startsWith(options.prefix ?? '')) continue
    for (const record of await searchIn(storage, promptId, options)) found.push(record)
  }
  return Object.freeze(found)
}

async function searchIn(
  storage: RegistryStorage,
  promptId: string,
  { text, label, tag, author }: SearchOptions,
): Promise<readonly VersionRecord[]> {
  const head = await readHead(storage, promptId)
  // Labels and tags are in the head alone: no document is read for a prompt without them.
  if (label !== undefined && !Object.hasOwn(head.labels, label)) return []
  if (tag !== undefined && !Object.values(head.tags).some((tags) => tags.includes(tag))) return []
  const documents = await storage.listVersions(promptId, { order: 'descending' })
  const part = text?.toLowerCase()
  return documents.flatMap((document) => {
    const record = recordOf(document, head)
    const fits =
      (label === undefined || record.labels.includes(label)) &&
      (tag === undefined || record.tags.includes(tag)) &&
      (author === undefined || record.author === author) &&
      (part === undefined || hasText(document, record.message, part))
    return fits ? [record] : []
  })
}

/** @param part in lower case */
function hasText({ prompt }: PromptVersion, message: string | null, part: string): boolean {
  return [wholeText(prompt), message ?? ''].some((text) => text.toLowerCase().includes(part))
}
