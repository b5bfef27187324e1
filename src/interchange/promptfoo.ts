import { posix } from 'node:path'
import type { JsonObject } from '../document/json.js'
import { freezeJson } from '../document/freeze-json.js'
import type { Prompt, PromptContent } from '../versions/prompts/prompt.js'
import type { Message } from '../versions/registry/template.js'
import type { TextFile } from './directory.js'
import {
  EMPTY,
  isBlank,
  isObject,
  otherItem,
  placeOf,
  reasonOf,
  refused,
  type Fault,
  type Item,
  type OtherItem,
} from './item.js'
import { parseJsonText } from './json-text.js'
import { fieldsLost, promptWithVariables } from './prompt-file.js'
import { idOfPath, splitExtension } from './prompt-path.js'
import type { Formatted } from './langfuse.js'
import { parseYamlText } from './yaml-text.js'

/** Reads the files that a path or a pattern names, relative to the configuration. */
export type ReadFiles = (path: string) => AsyncIterable<TextFile | OtherItem>

/** An entry of `prompts`. */
interface Entry {
  /** A text, or the path of a file. */
  readonly raw: string
  /** What the prompt is called. */
  readonly label: string | undefined
  readonly config: JsonObject | undefined
  readonly place: string
}

/** The prompts of a configuration of promptfoo, in YAML or JSON, and of the files that it names. */
export async function* parsePromptfoo(file: TextFile, readFiles: ReadFiles): AsyncGenerator<Item> {
  const { path } = file
  const parsed = await parseYamlText(file.text)
  if (parsed.kind !== 'value') return yield otherItem(path, parsed)
  const { value, lineOf } = parsed
  const prompts = isObject(value) ? value['prompts'] : undefined
  const list = listOf(prompts)
  if (list === undefined) return yield otherItem(path, refused('it has no list of "prompts"'))
  for (const [at, each] of list.entries()) {
    const place = placeOf(path, lineOf(['prompts', at]) ?? lineOf(['prompts']))
    const entry = entryOf(each, place)
    if ('kind' in entry) yield otherItem(place, entry)
    else if (isFile(entry.raw)) yield* itemsOfFiles(entry, file, readFiles)
    else {
      const stem = splitExtension(posix.basename(path))[0]
      yield itemOf(entry, contentOf(entry.raw), file, entry.label ?? `${stem}-${at + 1}`)
    }
  }
}

/** One text, a list, or a mapping from files to labels. */
function listOf(prompts: unknown): readonly unknown[] | undefined {
  if (typeof prompts === 'string') return [prompts]
  if (isObject(prompts)) return Object.entries(prompts).map(([id, label]) => ({ id, label }))
  return Array.isArray(prompts) ? (prompts as readonly unknown[]) : undefined
}

function entryOf(value: unknown, place: string): Entry | Fault {
  if (typeof value === 'string') return { raw: value, label: undefined, config: undefined, place }
  if (!isObject(value)) return refused('it is neither a text nor an object')
  const { raw, id, label, config } = value
  const text = raw ?? id
  if (typeof text !== 'string') return refused('it has no text: expected "raw" or "id"')
  const named = label ?? (raw === undefined ? undefined : id)
  if (named !== undefined && typeof named !== 'string') return refused('its "label" is not a text')
  if (config !== undefined && !isObject(config)) return refused('its "config" is not an object')
  try {
    return {
      raw: text,
      label: named,
      config: config === undefined ? undefined : freezeJson(config, 'config'),
      place,
    }
  } catch (error) {
    return refused(reasonOf(error))
  }
}

const FILE = 'file://'
/** A text of one word that ends like a file is one. */
const LIKE_A_FILE = /^\S+\.(?:txt|md|j2|json|jsonl|ya?ml|csv|[cm]?[jt]s|py|rb|go)(?::\w+)?$/
const ELSEWHERE = /^(?:langfuse|portkey|helicone|exec|https?|package|az|s3|gs):/

function isFile(raw: string): boolean {
  return raw.startsWith(FILE) || LIKE_A_FILE.test(raw) || ELSEWHERE.test(raw)
}

async function* itemsOfFiles(
  entry: Entry,
  config: TextFile,
  readFiles: ReadFiles,
): AsyncGenerator<Item> {
  const { raw, place, label } = entry
  if (ELSEWHERE.test(raw))
    return yield otherItem(place, refused('it is not in a file, but comes from another program'))
  const path = posix.normalize(raw.startsWith(FILE) ? raw.slice(FILE.length) : raw)
  const found: (OtherItem | { readonly file: string; readonly parsed: Texts })[] = []
  for await (const file of readFiles(path))
    found.push('kind' in file ? file : { file: file.path, parsed: await textsIn(file) })
  if (found.length === 0) yield otherItem(place, refused(`there is no file ${path}`))
  const count = found.reduce((sum, each) => sum + ('parsed' in each ? each.parsed.length : 0), 0)
  let at = 0
  for (const each of found) {
    if (!('parsed' in each)) yield { ...each, place: `${place}: ${each.place}` }
    else
      for (const [part, content] of each.parsed.entries()) {
        at++
        const stem = idOfPath(splitExtension(each.file)[0].replace(/^(?:\.{0,2}\/)+/, ''))
        const own = each.parsed.length === 1 ? stem : `${stem}-${part + 1}`
        const id = label === undefined ? own : count === 1 ? label : `${label}-${at}`
        yield itemOf({ ...entry, place: `${place}: ${each.file}` }, content, config, id)
      }
  }
}

type Texts = readonly (PromptContent | Fault)[]

/** The prompts in one file. */
async function textsIn({ path, text }: TextFile): Promise<Texts> {
  const [, extension] = splitExtension(path)
  switch (extension) {
    case '.txt':
      return partsOf(text).map(contentOf)
    // A JSON file with a template in it is a text, which promptfoo reads as JSON when it is rendered.
    case '.json':
    case '.md':
    case '.j2':
      return [contentOf(text)]
    case '.yaml':
    case '.yml':
      return [await chatOf(text)]
    default:
      return [refused('its prompts are made by a program or a table, and not a text')]
  }
}

/** Lines of `---` separate the prompts of a file. */
function partsOf(text: string): readonly string[] {
  const parts: string[][] = [[]]
  for (const line of text.split(/\r?\n/))
    if (line.trim() === '---') parts.push([])
    else parts.at(-1)?.push(line)
  const texts = parts.map((lines) => lines.join('\n').trim()).filter((part) => part !== '')
  return texts.length === 0 ? [''] : texts
}

/** A text that is a JSON list of messages is a chat. */
function contentOf(text: string): PromptContent | Fault {
  if (isBlank(text)) return EMPTY
  if (/^\s*\[/.test(text)) {
    const parsed = parseJsonText(text)
    if (parsed.kind === 'value' && isChat(parsed.value)) return { messages: parsed.value }
  }
  return { text }
}

async function chatOf(text: string): Promise<PromptContent | Fault> {
  const parsed = await parseYamlText(text)
  if (parsed.kind !== 'value') return parsed
  if (isChat(parsed.value)) return { messages: parsed.value }
  return refused('it is not a list of messages, each with a role')
}

function isChat(value: unknown): value is readonly Message[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((message) => isObject(message) && typeof message['role'] === 'string')
  )
}

function itemOf(
  { place, config }: Entry,
  content: PromptContent | Fault,
  file: TextFile,
  promptId: string,
): Item {
  if ('kind' in content) return otherItem(place, content)
  const prompt = promptWithVariables(config === undefined ? content : { ...content, config })
  const metadata = { source: { format: 'promptfoo', path: posix.basename(file.path) } }
  return { kind: 'version', promptId, place, draft: { prompt, metadata }, labels: [], tags: [] }
}

/** The entry of a prompt; what promptfoo would read as the name of a file is refused. */
export function formatPromptfoo(prompt: Prompt): Formatted | Fault {
  const raw = prompt.messages === undefined ? prompt.text : JSON.stringify(prompt.messages, null, 2)
  if (isFile(raw)) return refused('promptfoo would read its text as the name of a file')
  const rest = prompt.config === undefined ? {} : { config: prompt.config }
  const content = contentOf(raw)
  const back = 'kind' in content ? content : promptWithVariables({ ...content, ...rest })
  return {
    value: { label: prompt.id, raw, ...rest },
    lost: fieldsLost(prompt, 'kind' in back ? back : { kind: 'prompt', prompt: back }),
  }
}
