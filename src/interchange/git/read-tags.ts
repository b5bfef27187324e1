import { compareVersions } from '../../document/version-number.js'
import type { JsonObject } from '../../document/json.js'
import { isObject } from '../item.js'
import { parseJsonText } from '../json-text.js'
import { isTexts } from '../prompt-record.js'
import { gitText } from './git.js'
import { parseObject } from './object-text.js'
import { readObjects } from './read-objects.js'
import { parseTagName, type TagMeaning } from './tag-names.js'

/** What the tags of a commit say about the version of a prompt. */
export interface TagFacts {
  version?: string
  readonly labels: string[]
  /** What an export has added to the tag of the version. */
  note?: TagNote
}

/** What of a version is not in its file and its commit. */
export interface TagNote {
  readonly tags: readonly string[]
  /** The document, without its number and what the file holds. */
  readonly document: JsonObject | undefined
}

/** Tags by commit, and by prompt. */
export type Tags = ReadonlyMap<string, ReadonlyMap<string, TagFacts>>

/** The commits that change each prompt. */
export interface Changed {
  /** Ids of the prompts that a commit changes; undefined for a commit that changes none. */
  readonly idsAt: (commit: string) => readonly string[] | undefined
  /** What git finds the last change of a prompt by. */
  readonly pathspecsOf: (promptId: string | undefined) => readonly string[]
}

interface Ref {
  readonly meaning: TagMeaning
  /** The commit. */
  readonly target: string
  /** The annotated tag. */
  readonly object: string | undefined
}

/** A tag belongs to the last change of the prompt up to its commit. */
export async function readTags(directory: string, changed: Changed): Promise<Tags> {
  const refs = await listTags(directory)
  const notes = await readNotes(directory, refs)
  const tags = new Map<string, Map<string, TagFacts>>()
  for (const { meaning, target, object } of refs) {
    const commit = await lastChange(directory, target, meaning.promptId, changed)
    if (commit === undefined) continue
    for (const promptId of meaning.promptId === undefined
      ? (changed.idsAt(commit) ?? [])
      : [meaning.promptId]) {
      const facts = factsAt(tags, commit, promptId)
      if (meaning.kind === 'label') facts.labels.push(meaning.label)
      else addVersion(facts, meaning.version, notes.get(object ?? ''))
    }
  }
  return tags
}

/** The highest number counts. A note belongs to its number. */
function addVersion(facts: TagFacts, version: string, note: TagNote | undefined): void {
  if (facts.version !== undefined && compareVersions(version, facts.version) <= 0) return
  facts.version = version
  if (note === undefined) delete facts.note
  else facts.note = note
}

function factsAt(
  tags: Map<string, Map<string, TagFacts>>,
  commit: string,
  promptId: string,
): TagFacts {
  const prompts = tags.get(commit) ?? new Map<string, TagFacts>()
  tags.set(commit, prompts)
  const facts = prompts.get(promptId) ?? { labels: [] }
  prompts.set(promptId, facts)
  return facts
}

async function listTags(directory: string): Promise<readonly Ref[]> {
  const format = '%(objectname) %(*objectname) %(refname)'
  const lines = (await gitText(directory, ['for-each-ref', `--format=${format}`, 'refs/tags']))
    .split('\n')
    .filter((line) => line !== '')
  return lines.flatMap((line) => {
    const [object = '', peeled = ''] = line.split(' ', 2)
    const name = line.slice(object.length + peeled.length + 2).replace('refs/tags/', '')
    const meaning = parseTagName(name)
    if (meaning === undefined) return []
    const isAnnotated = peeled !== ''
    return [
      { meaning, target: isAnnotated ? peeled : object, object: isAnnotated ? object : undefined },
    ]
  })
}

async function readNotes(
  directory: string,
  refs: readonly Ref[],
): Promise<ReadonlyMap<string, TagNote>> {
  const objects = refs.flatMap(({ meaning, object }) =>
    meaning.kind === 'version' && meaning.promptId !== undefined && object !== undefined
      ? [object]
      : [],
  )
  const notes = new Map<string, TagNote>()
  for await (const { id, bytes } of readObjects(directory, objects)) {
    const note = parseNote(parseObject(bytes).message)
    if (note !== undefined) notes.set(id, note)
  }
  return notes
}

/** The message of the tag: a line for people, and a JSON object after an empty line. */
export function noteText(title: string, { tags, document }: TagNote): string {
  return `${title}\n\n${JSON.stringify({ tags, ...(document === undefined ? {} : { document }) })}\n`
}

/** Undefined for a message of another program. */
export function parseNote(message: string): TagNote | undefined {
  const begin = message.indexOf('\n\n{')
  if (begin < 0) return undefined
  const parsed = parseJsonText(message.slice(begin + 2))
  if (parsed.kind !== 'value' || !isObject(parsed.value)) return undefined
  const { tags, document } = parsed.value
  if (!isTexts(tags)) return undefined
  return { tags, document: isObject(document) ? document : undefined }
}

async function lastChange(
  directory: string,
  target: string,
  promptId: string | undefined,
  { idsAt, pathspecsOf }: Changed,
): Promise<string | undefined> {
  const ids = idsAt(target)
  const isHere = promptId === undefined ? ids !== undefined : ids?.includes(promptId)
  if (isHere === true) return target
  const pathspecs = pathspecsOf(promptId)
  if (pathspecs.length === 0) return undefined
  const found = await gitText(directory, ['rev-list', '-1', target, '--', ...pathspecs])
  const commit = found.trim()
  return idsAt(commit) === undefined ? undefined : commit
}
