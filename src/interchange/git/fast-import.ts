import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { parseIdent } from './object-text.js'
import { sourceOf, type PlannedCommit, type PlannedVersion } from './plan-history.js'
import { noteText } from './read-tags.js'
import { tagName } from './tag-names.js'

/** The commits and tags as `git fast-import` reads them. */
export function* fastImport(commits: readonly PlannedCommit[], branch: string): Generator<string> {
  yield 'feature done\n'
  for (const [at, commit] of commits.entries()) {
    const repeated = commit.filter(({ isRepeated }) => isRepeated)
    if (repeated.length > 0) yield* removal(repeated, branch)
    const mark = `:${at + 1}`
    yield `commit refs/heads/${branch}\nmark ${mark}\n${head(commit[0])}`
    for (const { path, text, removes } of commit) {
      if (removes !== undefined) yield `D ${quoted(removes)}\n`
      yield `M 100644 inline ${quoted(path)}\n${data(text)}`
    }
    for (const version of commit) yield* tags(version, mark)
  }
  yield 'done\n'
}

/** Author, committer and message. */
function head(version: PlannedVersion | undefined): string {
  if (version === undefined) return ''
  const { document } = version.stored
  const { author, committer } = identsOf(document, version.seconds)
  return `author ${author}\ncommitter ${committer}\n${data(messageOf(document))}`
}

function* removal(versions: readonly PlannedVersion[], branch: string): Generator<string> {
  const [{ stored, seconds }] = versions as [PlannedVersion]
  const { author, committer } = identsOf(stored.document, seconds)
  const names = versions.map(({ path }) => path)
  yield `commit refs/heads/${branch}\nauthor ${author}\ncommitter ${committer}\n`
  yield data(`Remove ${names.join(', ')}\n`)
  for (const name of names) yield `D ${quoted(name)}\n`
}

function* tags({ stored, note, seconds }: PlannedVersion, mark: string): Generator<string> {
  const { document, labels } = stored
  const { prompt_id: id, version } = document
  const name = tagName(id, version)
  if (name === undefined) return
  const { committer } = identsOf(document, seconds)
  const message = noteText(`${id.replaceAll('\n', ' ')} ${version}`, note)
  yield `tag ${name}\nfrom ${mark}\ntagger ${committer}\n${data(message)}`
  for (const label of labels) yield `reset refs/tags/${tagName(id, label)}\nfrom ${mark}\n\n`
}

/** Those of the commit that the version was imported from, or what its metadata says. */
function identsOf(
  { metadata }: PromptVersion,
  seconds: number,
): { readonly author: string; readonly committer: string } {
  const source = sourceOf(metadata)
  const author = identText(source['author']) ?? madeIdent(metadata['author'], seconds)
  return { author, committer: identText(source['committer']) ?? author }
}

/** Undefined for a text that git would refuse. */
function identText(value: unknown): string | undefined {
  const isWhole = typeof value === 'string' && !/[\n\0]/.test(value)
  const ident = isWhole ? parseIdent(value) : undefined
  const isClean = ident !== undefined && !/[<>]/.test(ident.name + ident.email)
  return isClean && ident.seconds >= 0 ? (value as string) : undefined
}

function madeIdent(author: unknown, seconds: number): string {
  const given = typeof author === 'string' ? author : ''
  const [, name = given, email = ''] = /^([^<>]*) <([^<>]*)>$/.exec(given) ?? []
  const clean = (text: string): string => text.replaceAll(/[<>\n\0]/g, ' ').trim()
  return `${clean(name) || 'unknown'} <${clean(email)}> ${seconds} +0000`
}

function messageOf({ metadata, prompt_id: id, version }: PromptVersion): string {
  const { message: whole, commit } = sourceOf(metadata)
  if (typeof whole === 'string') return whole
  const { message } = metadata
  if (typeof message === 'string') return `${message}\n`
  return commit === undefined ? `${id} ${version}\n` : '\n'
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

/** A path as git quotes it: any character may be in it. */
function quoted(path: string): string {
  const escaped = path.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')
  return `"${escaped}"`
}
