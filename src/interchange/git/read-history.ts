import type { JsonObject } from '../../document/json.js'
import type { PromptContent } from '../../versions/prompts/prompt.js'
import { NOT_UTF8, textOf } from '../directory.js'
import { idOfFile, rawText } from '../file-item.js'
import { InterchangeError } from '../interchange-error.js'
import {
  otherItem,
  reasonOf,
  refused,
  type Item,
  type VersionDraft,
  type VersionItem,
} from '../item.js'
import { completePrompt, parsePromptFile, PROMPT_EXTENSIONS } from '../prompt-file.js'
import { itemOfRecord } from '../prompt-record.js'
import { checkRevision, listChanges, pathspecOf, type CommitChange } from './list-changes.js'
import { parseIdent, parseObject, timeOf, type ObjectText } from './object-text.js'
import { readObjects, type GitObject } from './read-objects.js'
import { readTags, type Changed, type TagFacts } from './read-tags.js'

/** Which part of a repository is read. */
export interface HistoryOptions {
  /** The branch, tag or commit that the history ends with. */
  readonly revision: string
  /** Patterns of the files that are prompts; undefined for the extensions that prompts have. */
  readonly patterns: readonly string[] | undefined
}

/**
 * The versions of the prompts in a git repository, oldest first: each commit that changes the file of a prompt is one.
 * @throws InterchangeError OPT-FORMAT-003 if git is missing or fails
 */
export async function* readHistory(
  directory: string,
  { revision, patterns = PROMPT_EXTENSIONS.map((end) => `**/*${end}`) }: HistoryOptions,
): AsyncGenerator<Item> {
  checkRevision(revision)
  const pathspecs = patterns.map(pathspecOf)
  const changes = await listChanges(directory, revision, pathspecs)
  const tags = await readTags(directory, changedBy(changes, pathspecs))
  const ids = changes.flatMap(({ commit, files }) => [commit, ...blobsOf(files)])
  const objects = readObjects(directory, ids)
  for (const { commit, files } of changes) {
    const { bytes } = await next(objects)
    const description = parseObject(bytes)
    const kept = new Set(
      files.filter(({ blob }) => blob !== undefined).map(({ path }) => idOf(path)),
    )
    for (const { path, blob, isFile } of files) {
      const place = `${commit.slice(0, SHORT)}:${path}`
      const facts = tags.get(commit)?.get(idOf(path))
      if (blob === undefined) {
        if (!kept.has(idOf(path))) yield { kind: 'skipped', place, reason: 'the commit removes it' }
      } else if (!isFile) yield otherItem(place, refused('it is not a regular file'))
      else {
        const { type, bytes: content } = await next(objects)
        yield type === 'blob'
          ? await itemOf({ commit, path, place, content, description, facts })
          : otherItem(place, refused('the repository does not have its content'))
      }
    }
  }
}

/** How much of a commit's id is shown. */
const SHORT = 10

function idOf(path: string): string {
  return idOfFile(path, 'git')
}

function blobsOf(files: CommitChange['files']): readonly string[] {
  return files.flatMap(({ blob, isFile }) => (blob === undefined || !isFile ? [] : [blob]))
}

async function next(objects: AsyncGenerator<GitObject>): Promise<GitObject> {
  const result: IteratorResult<GitObject, unknown> = await objects.next()
  if (result.done !== true) return result.value
  throw new InterchangeError(
    'OPT-FORMAT-003',
    'git cat-file printed fewer objects than it was asked for',
  )
}

function changedBy(changes: readonly CommitChange[], pathspecs: readonly string[]): Changed {
  const commits = new Map<string, string[]>()
  const paths = new Map<string, Set<string>>()
  for (const { commit, files } of changes) {
    commits.set(
      commit,
      files.map(({ path }) => idOf(path)),
    )
    for (const { path } of files)
      paths.set(idOf(path), (paths.get(idOf(path)) ?? new Set<string>()).add(path))
  }
  return {
    idsAt: (commit) => commits.get(commit),
    pathspecsOf: (promptId) =>
      promptId === undefined
        ? pathspecs
        : [...(paths.get(promptId) ?? [])].map((path) => `:(top,literal)${path}`),
  }
}

/** A file as a commit has it. */
interface Found {
  readonly commit: string
  readonly path: string
  readonly place: string
  readonly content: Buffer
  readonly description: ObjectText
  readonly facts: TagFacts | undefined
}

async function itemOf(found: Found): Promise<Item> {
  const { path, place, content, facts } = found
  const text = textOf(content)
  if (text === undefined) return otherItem(place, refused(NOT_UTF8))
  const parsed = await parsePromptFile(path, text)
  const labels = facts?.labels ?? []
  const tags = facts?.note?.tags ?? []
  if (parsed.kind === 'record') {
    const item = itemOfRecord(place, parsed.record)
    if (item.kind !== 'version') return otherItem(place, item)
    return { ...item, labels: [...item.labels, ...labels], tags: [...item.tags, ...tags] }
  }
  if (parsed.kind !== 'prompt') return otherItem(place, parsed)
  const { prompt } = parsed
  const promptId = idOf(path)
  const noted = facts?.note?.document
  const number = facts?.version
  const common = { kind: 'version', promptId, place, labels, tags } as const
  if (noted !== undefined && number !== undefined)
    return { ...common, version: number, draft: notedDraft(noted, prompt) }
  try {
    const raw = await rawText(path, text, completePrompt(promptId, prompt))
    const draft = draftOf(found, prompt, raw)
    return { ...common, draft, ...(number === undefined ? {} : { wanted: number }) }
  } catch (error) {
    return otherItem(place, refused(reasonOf(error)))
  }
}

/** What an export has noted, with the text from the file. The schema checks it. */
function notedDraft(document: JsonObject, prompt: PromptContent): VersionDraft {
  return { prompt, ...document } as unknown as VersionDraft
}

function draftOf(
  { commit, path, description }: Found,
  prompt: PromptContent,
  raw: JsonObject,
): VersionItem['draft'] {
  const author = description.fields.get('author') ?? ''
  const committer = description.fields.get('committer') ?? author
  const ident = parseIdent(author)
  const time = ident && timeOf(ident)
  const message = description.message.replace(/\n$/, '')
  const metadata: JsonObject = {
    ...(ident === undefined ? {} : { author: ident.name === '' ? ident.email : ident.name }),
    ...(message === '' ? {} : { message }),
    source: {
      format: 'git',
      commit,
      path,
      author,
      ...(committer === author ? {} : { committer }),
      ...(`${message}\n` === description.message ? {} : { message: description.message }),
      ...raw,
    },
  }
  return { prompt, metadata, ...(time === undefined ? {} : { created_at: time }) }
}
