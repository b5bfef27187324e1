import { freezeJson } from '../document/freeze-json.js'
import type { JsonObject } from '../document/json.js'
import type { Prompt, PromptContent } from '../versions/prompts/prompt.js'
import { EMPTY, isBlank, isObject, reasonOf, refused, type Fault, type Parsed } from './item.js'
import { parseYamlText, yamlText } from './yaml-text.js'

/** What a dotprompt file calls the roles of messages that are called otherwise here. */
const TO_ROLE: Readonly<Record<string, string>> = { model: 'assistant' }
const FROM_ROLE: Readonly<Record<string, string>> = { assistant: 'model' }
/** Those of dotprompt, as they are called here. */
const ROLES = new Set(['user', 'assistant', 'system', 'tool'])
/** The role of a text without a mark. */
const DEFAULT_ROLE = 'user'

/**
 * A dotprompt file: front matter in YAML between lines of `---`, then a template. The front matter is the prompt's
 * `config`. A template that begins with a role, and has no blocks and no history, is a list of messages; a single one is
 * a text with that role.
 */
export async function parseDotprompt(text: string): Promise<Parsed> {
  const source = text.replace(/^\uFEFF/, '')
  const parts = splitFrontMatter(source)
  const config = parts === undefined ? undefined : await parseConfig(parts)
  if (config !== undefined && config.kind !== 'value') return config
  // As dotprompt does: blank space around the template counts only without front matter.
  const body = parts === undefined ? source : parts.body.trim()
  if (isBlank(body)) return EMPTY
  const rest = config?.value === undefined ? {} : { config: config.value }
  return { kind: 'prompt', prompt: { ...contentOf(body), ...rest } }
}

/** The file of a prompt; undefined for messages that dotprompt cannot hold. */
export async function formatDotprompt(prompt: Prompt): Promise<string | undefined> {
  const body = bodyOf(prompt)
  if (body === undefined) return undefined
  const { config } = prompt
  const isPlain = config === undefined && splitFrontMatter(body) === undefined
  if (isPlain && !body.startsWith('\uFEFF')) return body
  const front = await yamlText(config ?? {})
  return `---\n${front}---\n${body.endsWith('\n') ? body : `${body}\n`}`
}

interface FrontMatter {
  readonly front: string
  readonly body: string
  /** The line on which the front matter begins. */
  readonly line: number
}

const DELIMITER = /^---[ \t]*$/

/** Blank lines and comments may come before the front matter. */
function splitFrontMatter(text: string): FrontMatter | undefined {
  let begin: number | undefined
  let [line, beginLine] = [0, 0]
  for (const { content, start, next } of linesOf(text)) {
    line++
    if (begin === undefined) {
      if (DELIMITER.test(content)) [begin, beginLine] = [next, line]
      else if (!/^(#|[ \t]*$)/.test(content)) return undefined
    } else if (DELIMITER.test(content))
      return { front: text.slice(begin, start), body: text.slice(next), line: beginLine }
  }
  return undefined
}

/** Lines end with LF, CRLF or CR. */
function* linesOf(
  text: string,
): Generator<{ readonly content: string; readonly start: number; readonly next: number }> {
  for (let start = 0; start < text.length;) {
    let end = start
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++
    const next = text.startsWith('\r\n', end) ? end + 2 : end + 1
    yield { content: text.slice(start, end), start, next }
    start = next
  }
}

interface Config {
  readonly kind: 'value'
  /** Undefined for an empty front matter. */
  readonly value: JsonObject | undefined
}

async function parseConfig({ front, line }: FrontMatter): Promise<Config | Fault> {
  const parsed = await parseYamlText(front)
  if (parsed.kind !== 'value')
    return refused(`its front matter cannot be read: ${parsed.reason}`, line + (parsed.line ?? 0))
  const value: unknown = parsed.value ?? {}
  if (!isObject(value)) return refused('its front matter is not a mapping', line + 1)
  if (Object.keys(value).length === 0) return { kind: 'value', value: undefined }
  try {
    return { kind: 'value', value: freezeJson(value, 'front matter') }
  } catch (error) {
    return refused(reasonOf(error), line + 1)
  }
}

const ROLE = /\{\{[ \t]*role[ \t]+(?:"([^"{}\r\n]*)"|'([^'{}\r\n]*)')[ \t]*\}\}/g
/** What makes the messages of a template depend on its values. */
const DYNAMIC = /\{\{[{~&]?[ \t]*(?:[#/^]|else\b|history\b|media\b|section\b)/

function contentOf(body: string): PromptContent {
  const marks = [...body.matchAll(ROLE)]
  const [first] = marks
  if (first?.index !== 0 || DYNAMIC.test(body)) return { text: body, role: DEFAULT_ROLE }
  const messages = marks.map((mark, at) => {
    const end = marks[at + 1]?.index ?? body.length
    const [, double, single] = mark
    const role = double ?? single ?? ''
    return {
      role: TO_ROLE[role] ?? role,
      content: withoutOuterLines(body.slice(mark.index + mark[0].length, end)),
    }
  })
  const [only] = messages
  if (messages.length > 1 || only === undefined) return { messages }
  // A blank text is refused by the schema, with the reason.
  return { text: only.content, role: only.role }
}

/** The first and the last line end separate a message from the marks around it. */
function withoutOuterLines(text: string): string {
  return text.replace(/^(?:\r\n|\n|\r)/, '').replace(/(?:\r\n|\n|\r)$/, '')
}

function bodyOf(prompt: Prompt): string | undefined {
  if (prompt.messages === undefined) {
    if (prompt.role === DEFAULT_ROLE) return prompt.text
    return ROLES.has(prompt.role) ? marked(prompt.role, prompt.text) : undefined
  }
  const texts = prompt.messages.map((message) => {
    const { role, content } = message
    const isPlain = typeof content === 'string' && Object.keys(message).length === 2
    return isPlain && ROLES.has(role) ? marked(role, content) : undefined
  })
  return texts.every((text) => text !== undefined) ? texts.join('') : undefined
}

function marked(role: string, content: string): string {
  return `{{role "${FROM_ROLE[role] ?? role}"}}\n${content}\n`
}
