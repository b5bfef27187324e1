import type { JsonObject } from '../../document/json.js'
import { encodePromptId } from '../../document/prompt-id.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { isObject } from '../item.js'
import { idOfFile } from '../file-item.js'
import { fieldsLost, formatPromptFile, parsePromptFile } from '../prompt-file.js'
import { distinctPaths } from '../prompt-path.js'
import { recordText } from '../prompt-record.js'
import type { StoredVersion } from '../stored-versions.js'
import { parseIdent } from './object-text.js'
import type { TagNote } from './read-tags.js'

/** A version as a change of a file. */
export interface PlannedVersion {
  readonly stored: StoredVersion
  readonly path: string
  readonly text: string
  readonly note: TagNote
  /** The file that the version before it was in, if it is another one. */
  readonly removes: string | undefined
  /** Whether the version before it has the same file and text: it is removed first, so that there is a change. */
  readonly isRepeated: boolean
  /** Seconds since 1970: never before the version before it. */
  readonly seconds: number
}

/** A commit: the changes that were one commit before, or one change. */
export type PlannedCommit = readonly PlannedVersion[]

/** The commits of all versions, in order of time; those of a prompt in the order of their numbers. */
export async function planHistory(
  prompts: readonly (readonly StoredVersion[])[],
): Promise<readonly PlannedCommit[]> {
  const paths = distinctPaths(prompts.flatMap(([first]) => (first ? [idOfVersion(first)] : [])))
  const lines: PlannedVersion[][] = []
  for (const versions of prompts) lines.push(await planPrompt(versions, paths))
  const commits: PlannedCommit[] = []
  const heads = lines
    .map((line) => line.values())
    .map((line) => ({ line, head: line.next().value }))
  for (;;) {
    const first = earliest(heads.flatMap(({ head }) => head ?? []))
    if (first === undefined) return commits
    const commit = commitOf(first)
    const together = heads.filter(
      ({ head }) => head === first || (commit !== undefined && head && commitOf(head) === commit),
    )
    commits.push(together.flatMap(({ head }) => head ?? []))
    for (const each of together) each.head = each.line.next().value
  }
}

function idOfVersion({ document }: StoredVersion): string {
  return document.prompt_id
}

function earliest(heads: readonly PlannedVersion[]): PlannedVersion | undefined {
  return heads.reduce<PlannedVersion | undefined>(
    (first, head) => (first === undefined || head.seconds < first.seconds ? head : first),
    undefined,
  )
}

async function planPrompt(
  versions: readonly StoredVersion[],
  paths: ReadonlyMap<string, string | undefined>,
): Promise<PlannedVersion[]> {
  const planned: PlannedVersion[] = []
  /** The file of the user that the prompt was imported from last. */
  let own: string | undefined
  for (const stored of versions) {
    const { document } = stored
    own = ownPath(document) ?? own
    const inOwn = own === undefined ? undefined : await inOwnForm(stored, own)
    if (inOwn === undefined) own = undefined
    const change = inOwn ?? asRecord(stored, paths)
    const before = planned.at(-1)
    const isMoved = before !== undefined && before.path !== change.path
    planned.push({
      ...change,
      stored,
      removes: isMoved ? before.path : undefined,
      isRepeated: before?.path === change.path && before.text === change.text,
      seconds: Math.max(secondsOf(document), before?.seconds ?? 0),
    })
  }
  return planned
}

type Change = Pick<PlannedVersion, 'path' | 'text' | 'note'>

function asRecord(stored: StoredVersion, paths: ReadonlyMap<string, string | undefined>): Change {
  const id = idOfVersion(stored)
  const stem = paths.get(id) ?? encodePromptId(id, { foldCase: false })
  const note = { tags: stored.tags, document: undefined }
  return { path: `${stem}.json`, text: recordText(stored, false), note }
}

/** Undefined for a prompt that a file of this name cannot hold. */
async function inOwnForm(stored: StoredVersion, path: string): Promise<Change | undefined> {
  const { document, tags } = stored
  const { prompt, prompt_id: _id, version: _version, ...rest } = document
  const text = (await rawText(document)) ?? (await formatPromptFile(path, prompt))
  if (text === undefined) return undefined
  const parsed = await parsePromptFile(path, text)
  if (parsed.kind !== 'prompt') return undefined
  const isWhole = fieldsLost(prompt, parsed).length === 0
  const noted = { ...rest, ...(isWhole ? {} : { prompt }) } as unknown as JsonObject
  return { path, text, note: { tags, document: noted } }
}

/** The text of the file that the version was imported from, if it still is the version's. */
async function rawText({ metadata, prompt }: PromptVersion): Promise<string | undefined> {
  const { text, path } = sourceOf(metadata)
  if (typeof text !== 'string' || typeof path !== 'string') return undefined
  return fieldsLost(prompt, await parsePromptFile(path, text)).length === 0 ? text : undefined
}

/** The path in the repository that the version was imported from. */
function ownPath({ metadata, prompt_id: promptId }: PromptVersion): string | undefined {
  const { path, commit } = sourceOf(metadata)
  if (typeof path !== 'string' || typeof commit !== 'string' || !isSafePath(path)) return undefined
  return idOfFile(path, 'git') === promptId ? path : undefined
}

/** Git refuses other paths; the metadata of a version can be anything. */
function isSafePath(path: string): boolean {
  return path.split('/').every((part) => !/^(?:\.{0,2}|\.git.*)$/i.test(part))
}

/** The facts of an import about a version. */
export function sourceOf(metadata: JsonObject): JsonObject {
  const source = metadata['source']
  return isObject(source) && source['format'] === 'git' ? source : {}
}

function commitOf({ stored }: PlannedVersion): string | undefined {
  const { commit } = sourceOf(stored.document.metadata)
  return typeof commit === 'string' ? commit : undefined
}

function secondsOf({ metadata, created_at }: PromptVersion): number {
  const { author } = sourceOf(metadata)
  const ident = typeof author === 'string' ? parseIdent(author) : undefined
  return Math.max(0, ident?.seconds ?? Math.floor(Date.parse(created_at) / 1000))
}
