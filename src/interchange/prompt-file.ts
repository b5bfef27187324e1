import { isDeepStrictEqual } from 'node:util'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { freezeJson } from '../document/freeze-json.js'
import type { JsonObject } from '../document/json.js'
import { checkPromptVersion } from '../versions/accept-version.js'
import type { Prompt, PromptContent } from '../versions/prompts/prompt.js'
import { promptVersionSchema } from '../versions/prompts/prompt-version.js'
import { placeholdersOf } from '../versions/registry/placeholders.js'
import type { Template } from '../versions/registry/template.js'
import { formatDotprompt, parseDotprompt } from './dotprompt.js'
import { EMPTY, isBlank, isObject, reasonOf, refused, type Parsed } from './item.js'
import { parseJsonText } from './json-text.js'
import { splitExtension } from './prompt-path.js'

/** The names of files that hold a prompt end with one of these. */
export const PROMPT_EXTENSIONS = ['.json', '.prompt', '.txt'] as const

/** Whether it has one of the extensions. */
export function isPromptPath(path: string): boolean {
  const [, extension] = splitExtension(path)
  return (PROMPT_EXTENSIONS as readonly string[]).includes(extension)
}

/**
 * What a file holds: in `.txt` a text; in `.prompt` a dotprompt; in `.json` `{ text }`, `{ messages, config }`, a list
 * of messages, or the record of a version.
 */
export async function parsePromptFile(path: string, text: string): Promise<Parsed> {
  const [, extension] = splitExtension(path)
  if (extension === '.prompt') return withVariables(await parseDotprompt(text))
  if (extension === '.json') return withVariables(parseJsonPrompt(text))
  return isBlank(text) ? EMPTY : withVariables({ kind: 'prompt', prompt: { text } })
}

/** The text of a file for a prompt; undefined if files of that extension cannot hold it. */
export async function formatPromptFile(path: string, prompt: Prompt): Promise<string | undefined> {
  const [, extension] = splitExtension(path)
  if (extension === '.prompt') return await formatDotprompt(prompt)
  if (extension === '.json') return `${JSON.stringify(withoutDefaults(prompt), null, 2)}\n`
  return prompt.text
}

/** The prompt with every default, as a version of this id has it. @throws TypeError for one that does not fit */
export function completePrompt(id: string, prompt: PromptContent): Prompt {
  if (prompt.id !== undefined && prompt.id !== id)
    throw wrongArgument(`its "id" is ${shown(prompt.id)}, but its path says ${shown(id)}`)
  const document = freezeJson({
    prompt_id: id,
    version: '1.0.0',
    created_at: ANY_TIME,
    prompt,
  })
  checkPromptVersion(document)
  return promptVersionSchema.parse(document).prompt
}

/** The fields of a prompt that are missing or different in what its file is read as; all of them if it is refused. */
export function fieldsLost(prompt: Prompt, parsed: Parsed): readonly string[] {
  const fields = Object.keys(prompt).filter((field) => field !== 'id')
  if (parsed.kind !== 'prompt') return fields
  const back = read(prompt.id, parsed.prompt)
  if (back === undefined) return fields
  return fields.filter(
    (field) => !isDeepStrictEqual(Reflect.get(back, field), Reflect.get(freezeJson(prompt), field)),
  )
}

const ANY_TIME = new Date(0).toISOString()

function read(id: string, prompt: PromptContent): Prompt | undefined {
  try {
    return completePrompt(id, prompt)
  } catch (error) {
    reasonOf(error)
    return undefined
  }
}

function parseJsonPrompt(text: string): Parsed {
  if (isBlank(text)) return EMPTY
  const parsed = parseJsonText(text)
  if (parsed.kind !== 'value') return parsed
  const { value } = parsed
  if (Array.isArray(value)) return { kind: 'prompt', prompt: { messages: value as never } }
  if (!isObject(value)) return refused(NOT_A_PROMPT)
  if ('prompt_id' in value) return { kind: 'record', record: value }
  if (!('text' in value) && !('messages' in value)) return refused(NOT_A_PROMPT)
  const { text: given } = value
  if (typeof given === 'string' && isBlank(given)) return EMPTY
  return { kind: 'prompt', prompt: value as unknown as PromptContent }
}

const NOT_A_PROMPT =
  'it is not a prompt: expected { "text" }, { "messages" }, a list of messages, or a version'

/** The placeholders of the text, where the file does not name the variables. */
export function withVariables(parsed: Parsed): Parsed {
  if (parsed.kind !== 'prompt' || parsed.prompt.variables !== undefined) return parsed
  return { kind: 'prompt', prompt: promptWithVariables(parsed.prompt) }
}

/** The same, for a prompt. One that is not a prompt yet is left for the schema to refuse. */
export function promptWithVariables(prompt: PromptContent): PromptContent {
  let names: readonly string[]
  try {
    names = placeholdersOf(prompt as Template).map(({ name }) => name)
  } catch (error) {
    reasonOf(error)
    return prompt
  }
  return { ...prompt, variables: names }
}

/** Without what the file says by its name, and what every prompt has by default. */
function withoutDefaults(prompt: Prompt): JsonObject {
  const { id: _, variables, context, role, ...rest } = prompt
  const isUsual = isDeepStrictEqual(
    freezeJson(variables),
    freezeJson(placeholdersOf(prompt).map(({ name }) => name)),
  )
  return freezeJson({
    ...rest,
    ...(role === undefined || role === 'system' ? {} : { role }),
    ...(isUsual ? {} : { variables }),
    ...(Object.keys(context).length === 0 ? {} : { context }),
  } as unknown as JsonObject)
}
