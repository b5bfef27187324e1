import { encodePromptId } from '../document/prompt-id.js'
import { isObject } from './item.js'
import { formatLangfuse } from './langfuse.js'
import { fieldsLost, formatPromptFile, parsePromptFile } from './prompt-file.js'
import { distinctPaths } from './prompt-path.js'
import { recordText } from './prompt-record.js'
import { formatPromptfoo } from './promptfoo.js'
import { highestVersion } from '../document/version-number.js'
import type { StoredVersion } from './stored-versions.js'

/** A version as a part of an export. */
export interface FormattedVersion {
  readonly prompt_id: string
  readonly version: string
  /** The file, relative to the directory of the export; undefined for a version that was refused. */
  readonly path: string | undefined
  /** The fields of the prompt that the format does not hold; empty for a version that is whole. */
  readonly lost: readonly string[]
  readonly reason?: string
}

/** The files of an export, and what became of each version. */
export interface FormattedFiles {
  readonly files: ReadonlyMap<string, string>
  readonly versions: readonly FormattedVersion[]
}

type Prompts = readonly (readonly StoredVersion[])[]

/** One file for each version, whole. */
export function formatRecords(prompts: Prompts): FormattedFiles {
  const paths = pathsOf(prompts)
  const files = new Map<string, string>()
  const versions = prompts.flat().map((stored) => {
    const { prompt_id, version } = stored.document
    const path = `${paths.get(prompt_id) ?? hashedPath(prompt_id)}/${version}.json`
    files.set(path, recordText(stored))
    return { prompt_id, version, path, lost: [] }
  })
  return { files, versions }
}

/** One file for each prompt. */
export async function formatDotprompts(prompts: Prompts): Promise<FormattedFiles> {
  const paths = pathsOf(prompts)
  const files = new Map<string, string>()
  const versions: FormattedVersion[] = []
  for (const { document } of prompts.flat()) {
    const { prompt_id, version, prompt } = document
    const stem = paths.get(prompt_id)
    const path = stem === undefined ? undefined : (ownPath(document) ?? `${stem}.prompt`)
    const text =
      path === undefined
        ? undefined
        : ((await ownText(document, path)) ?? (await formatPromptFile(path, prompt)))
    if (path === undefined || text === undefined) {
      const reason =
        path === undefined
          ? 'its id is too long for the name of a file'
          : 'a message has more than a role and a text, or a role that dotprompt does not know'
      versions.push({ prompt_id, version, path: undefined, lost: [], reason })
      continue
    }
    files.set(path, text)
    const lost = fieldsLost(prompt, await parsePromptFile(path, text))
    versions.push({ prompt_id, version, path, lost })
  }
  return { files, versions }
}

/** One file with a list of all versions, as the API of Langfuse returns them. */
export function formatLangfuseFile(prompts: Prompts, path: string): FormattedFiles {
  const values: unknown[] = []
  const versions = prompts.flatMap((stored) => {
    const numbers = stored.map(({ document }) => document.version)
    const latest = highestVersion(numbers, '*') ?? numbers.at(-1)
    return formatLangfuse(stored, latest).map((formatted, at) => {
      const { prompt_id, version } = (stored[at] as StoredVersion).document
      if ('kind' in formatted)
        return { prompt_id, version, path: undefined, lost: [], reason: formatted.reason }
      values.push(formatted.value)
      return { prompt_id, version, path, lost: formatted.lost }
    })
  })
  return { files: new Map([[path, jsonText(values)]]), versions }
}

/** One configuration of promptfoo with a version of each prompt. */
export function formatPromptfooFile(prompts: Prompts, path: string): FormattedFiles {
  const entries: unknown[] = []
  const versions = prompts.flat().map(({ document }) => {
    const { prompt_id, version, prompt } = document
    const formatted = formatPromptfoo(prompt)
    if ('kind' in formatted)
      return { prompt_id, version, path: undefined, lost: [], reason: formatted.reason }
    entries.push(formatted.value)
    return { prompt_id, version, path, lost: formatted.lost }
  })
  return { files: new Map([[path, jsonText({ prompts: entries })]]), versions }
}

function pathsOf(prompts: Prompts): ReadonlyMap<string, string | undefined> {
  return distinctPaths(prompts.flatMap(([first]) => first?.document.prompt_id ?? []))
}

function hashedPath(id: string): string {
  return encodePromptId(id, { foldCase: false })
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** The file that the version was imported from: the name of a partial differs from that of its id. */
function ownPath({ metadata, prompt_id: id }: StoredVersion['document']): string | undefined {
  const { source } = metadata
  const path = isObject(source) && source['format'] === 'dotprompt' ? source['path'] : undefined
  return typeof path === 'string' && isPartialOf(path, id) ? path : undefined
}

function isPartialOf(path: string, id: string): boolean {
  return path === `${id.replace(/(^|\/)(?=[^/]+$)/, '$1_')}.prompt` && /^[\w./-]+$/.test(path)
}

/** The text of that file, with its comments, if it still is the text of the version. */
async function ownText(
  { metadata, prompt }: StoredVersion['document'],
  path: string,
): Promise<string | undefined> {
  const { source } = metadata
  const text = isObject(source) && source['format'] === 'dotprompt' ? source['text'] : undefined
  if (typeof text !== 'string') return undefined
  return fieldsLost(prompt, await parsePromptFile(path, text)).length === 0 ? text : undefined
}
