import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, stringOption } from '../../base/options.js'
import { wholeText } from '../prompts/prompt.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import { offersPromptIds, type VersionDocument } from '../version-storage.js'
import type { VersionSummary } from '../version-summaries.js'
import { checkLabelName } from './label-name.js'
import type { AnyStorage } from './registry-options.js'
import { readDocument, readHead, readSummaries } from './storage-reads.js'
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
  /** How its prompt id begins; '' is any. */
  readonly prefix?: string
}

/** @throws TypeError that names the option, also for a storage that cannot list its prompts */
export function checkSearch(storage: object, options: SearchOptions = {}): SearchOptions {
  rejectUnknown(options, ['text', 'label', 'tag', 'author', 'prefix'], 'search')
  for (const name of ['text', 'author'] as const)
    if (options[name] !== undefined) stringOption(name, options[name])
  stringOption('prefix', options.prefix, { default: '', empty: true })
  if (options.label !== undefined) checkLabelName(options.label, 'label')
  if (options.tag !== undefined) checkTag(options.tag, 'tag')
  if (!offersPromptIds(storage))
    throw wrongArgument('The storage cannot list its prompts, so they cannot be searched')
  return { ...options }
}

/** The texts of a document that are searched. */
export type TextsOf = (document: VersionDocument) => readonly string[]

/** Of a storage of prompts. */
export function textsOfPrompt(document: VersionDocument): readonly string[] {
  return [wholeText((document as PromptVersion).prompt)]
}

/** The versions that fit, by prompt id, the newest first. */
export async function search(
  storage: AnyStorage,
  options: SearchOptions,
  textsOf: TextsOf = textsOfPrompt,
): Promise<readonly VersionRecord[]> {
  const found: VersionRecord[] = []
  const ids = offersPromptIds(storage) ? await storage.listPromptIds() : []
  for (const promptId of ids) {
    if (!promptId.startsWith(options.prefix ?? '')) continue
    for (const record of await searchIn(storage, promptId, options, textsOf)) found.push(record)
  }
  return Object.freeze(found)
}

async function searchIn(
  storage: AnyStorage,
  promptId: string,
  { text, label, tag, author }: SearchOptions,
  textsOf: TextsOf,
): Promise<readonly VersionRecord[]> {
  if (label !== undefined || tag !== undefined) {
    // Labels and tags are in the head alone: no document is read for a prompt without them.
    const { labels, tags } = await readHead(storage, promptId)
    if (label !== undefined && !Object.hasOwn(labels, label)) return []
    if (tag !== undefined && !Object.values(tags).some((all) => all.includes(tag))) return []
  }
  const summaries = await readSummaries(storage, promptId, { order: 'descending' })
  const fitting = summaries.filter(
    (summary) =>
      (label === undefined || summary.labels.includes(label)) &&
      (tag === undefined || summary.tags.includes(tag)) &&
      (author === undefined || summary.author === author),
  )
  const found =
    text === undefined
      ? fitting
      : await withText({ storage, promptId, textsOf }, fitting, text.toLowerCase())
  return found.map((summary) => recordOf(promptId, summary))
}

/** How many documents are held at the same time. */
const READ_TOGETHER = 64

/** @param part in lower case */
async function withText(
  {
    storage,
    promptId,
    textsOf,
  }: { readonly storage: AnyStorage; readonly promptId: string; readonly textsOf: TextsOf },
  summaries: readonly VersionSummary[],
  part: string,
): Promise<readonly VersionSummary[]> {
  const found: VersionSummary[] = []
  for (let at = 0; at < summaries.length; at += READ_TOGETHER) {
    const some = summaries.slice(at, at + READ_TOGETHER)
    const documents = await Promise.all(
      some.map(async ({ version }) => (await readDocument(storage, promptId, version))?.document),
    )
    for (const [place, summary] of some.entries()) {
      const document = documents[place]
      if (document !== undefined && hasText([...textsOf(document), summary.message ?? ''], part))
        found.push(summary)
    }
  }
  return found
}

/** @param part in lower case */
function hasText(texts: readonly string[], part: string): boolean {
  return texts.some((text) => text.toLowerCase().includes(part))
}
