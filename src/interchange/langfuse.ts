import { isDeepStrictEqual } from 'node:util'
import { freezeJson } from '../document/freeze-json.js'
import { isTimestamp, parseTimestamp } from '../document/timestamp.js'
import type { JsonObject, JsonValue } from '../document/json.js'
import type { PromptContent } from '../versions/prompts/prompt.js'
import type { Message, PromptBody } from '../versions/registry/template.js'
import { isVersion, STORED_VERSIONS } from '../document/version-number.js'
import type { TextFile } from './directory.js'
import {
  isBlank,
  isObject,
  otherItem,
  placeOf,
  reasonOf,
  refused,
  EMPTY,
  type Fault,
  type Item,
  type VersionItem,
} from './item.js'
import { linesOfElements, parseJsonText } from './json-text.js'
import { fieldsLost, promptWithVariables } from './prompt-file.js'
import { isTexts } from './prompt-record.js'
import type { StoredVersion } from './stored-versions.js'

/** The label that Langfuse moves to each new version: here it is computed. */
const LATEST = 'latest'
/** How a placeholder for further messages is kept: Langfuse gives it no role, and each message here has one. */
const PLACEHOLDER = 'placeholder'

/** The versions in a JSON text of Langfuse: one prompt as its API returns it, a list of them, or `{ "data": [...] }`. */
export function* parseLangfuse({ path, text }: TextFile): Generator<Item> {
  const parsed = parseJsonText(text)
  if (parsed.kind !== 'value') return yield otherItem(path, parsed)
  const { value } = parsed
  const data = isObject(value) ? value['data'] : undefined
  const list = Array.isArray(value) ? value : Array.isArray(data) ? data : undefined
  const lines = list && linesOfElements(text, list === value ? undefined : 'data')
  for (const [at, each] of ((list ?? [value]) as readonly JsonValue[]).entries()) {
    const place = placeOf(path, lines?.[at])
    const item = itemOf(each, place)
    yield item.kind === 'version' ? item : otherItem(place, item)
  }
}

function itemOf(value: JsonValue, place: string): VersionItem | Fault {
  if (!isObject(value)) return refused('it is not an object')
  const { name, labels = [], tags, commitMessage, createdAt, createdBy } = value
  if (typeof name !== 'string' || name === '') return refused('its "name" is missing or not a text')
  const number = numberOf(value)
  if (number === undefined) return refused('its "version" is not an integer from 1')
  const prompt = langfusePromptOf(value)
  if ('kind' in prompt) return prompt
  if (!isTexts(labels)) return refused('its "labels" are not a list of texts')
  if (tags !== undefined && tags !== null && !isTexts(tags))
    return refused('its "tags" are not a list of texts')
  const at = timeOf(createdAt)
  if (at === undefined && createdAt !== undefined && createdAt !== null)
    return refused('its "createdAt" is not an ISO 8601 time')
  const metadata: JsonObject = {
    ...(typeof createdBy === 'string' ? { author: createdBy } : {}),
    ...(typeof commitMessage === 'string' ? { message: commitMessage } : {}),
  }
  const { version: _, prompt: more, ...noted } = notedIn(value)
  const draft = {
    metadata,
    ...(at === undefined ? {} : { created_at: at }),
    ...noted,
    prompt: isObject(more) ? { ...prompt, ...more } : prompt,
  }
  return {
    kind: 'version',
    promptId: name,
    place,
    version: number,
    // The schema checks the fields.
    draft: draft as VersionItem['draft'],
    labels: labels.filter((label) => label !== LATEST),
    tags: tags ?? [],
  }
}

/** What an export has noted of a version that the fields of Langfuse do not say. */
function notedIn({ holdfast }: JsonObject): JsonObject {
  return isObject(holdfast) ? holdfast : {}
}

/** Version 3 of Langfuse is 3.0.0 here. An export notes the number of any other version. */
function numberOf(value: JsonObject): string | undefined {
  const { version: noted } = notedIn(value)
  if (isVersion(noted, STORED_VERSIONS)) return noted
  const { version } = value
  return Number.isSafeInteger(version) && Number(version) >= 1
    ? `${Number(version)}.0.0`
    : undefined
}

/** The prompt in the fields `type`, `prompt` and `config`, as Langfuse has them; or what is wrong with them. */
export function langfusePromptOf({ type, prompt, config }: JsonObject): PromptContent | Fault {
  if (config !== undefined && config !== null && !isObject(config))
    return refused('its "config" is not an object')
  const rest = isObject(config) && Object.keys(config).length > 0 ? { config } : {}
  if (Array.isArray(prompt)) {
    if (type !== 'chat') return refused('its "prompt" is a list, but its "type" is not "chat"')
    const messages = prompt.map(messageOf)
    const wrong = messages.findIndex((message) => message === undefined)
    if (wrong >= 0) return refused(`its message ${wrong + 1} has no role and content`)
    return promptWithVariables({ messages: messages as Message[], ...rest })
  }
  if (typeof prompt !== 'string') return refused('its "prompt" is neither a text nor a list')
  if (type === 'chat') return refused('its "prompt" is a text, but its "type" is "chat"')
  return isBlank(prompt) ? EMPTY : promptWithVariables({ text: prompt, ...rest })
}

function messageOf(value: unknown): Message | undefined {
  if (!isObject(value)) return undefined
  const { type, name, role, content } = value
  if (type === PLACEHOLDER)
    return typeof name === 'string' ? { role: PLACEHOLDER, type: PLACEHOLDER, name } : undefined
  if (typeof role !== 'string' || typeof content !== 'string') return undefined
  return { role, content }
}

function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (isTimestamp(value)) return value
  try {
    return parseTimestamp(value)
  } catch (error) {
    reasonOf(error)
    return undefined
  }
}

/** What an export says of a version. */
export interface Formatted {
  readonly value: JsonObject
  /** The fields of the prompt that the format does not hold. */
  readonly lost: readonly string[]
}

/**
 * The versions of one prompt as Langfuse's API returns them, ascending. They are numbered from 1, unless each number is
 * one of Langfuse's (`3.0.0`). What its fields do not say is in a field `holdfast`, which its clients ignore.
 *
 * @param latest the number of the version that Langfuse labels so
 */
export function formatLangfuse(
  versions: readonly StoredVersion[],
  latest: string | undefined,
): readonly (Formatted | Fault)[] {
  const isOwn = versions.every(({ document }) => /^[1-9]\d*\.0\.0$/.test(document.version))
  return versions.map(({ document, labels, tags }, at) => {
    const { prompt, version, prompt_id: name, created_at, metadata } = document
    const body = langfuseBodyOf(prompt)
    if (body === undefined)
      return refused('a message has more than a role and a text, which Langfuse cannot hold')
    const { author, message } = metadata
    const value: JsonObject = {
      name,
      version: isOwn ? Number(version.split('.')[0]) : at + 1,
      ...body,
      config: prompt.config ?? {},
      labels: version === latest ? [...labels, LATEST] : labels,
      tags,
      commitMessage: typeof message === 'string' ? message : null,
      createdAt: created_at,
      ...(typeof author === 'string' ? { createdBy: author } : {}),
    }
    const before = versions[at - 1]?.document.version ?? null
    const noted = notesOf(document, value, before)
    return { value: noted === undefined ? value : { ...value, holdfast: noted }, lost: [] }
  })
}

/** Undefined if the fields of Langfuse say everything. */
function notesOf(
  document: StoredVersion['document'],
  value: JsonObject,
  before: string | null,
): JsonObject | undefined {
  const { prompt, version, prompt_id: _id, created_at: _time, ...rest } = document
  const back = itemOf(value, '')
  const read = back.kind === 'version' ? back : undefined
  const lost = fieldsLost(
    prompt,
    read === undefined ? EMPTY : { kind: 'prompt', prompt: read.draft.prompt },
  )
  const isWhole =
    lost.length === 0 &&
    read?.version === version &&
    isDeepStrictEqual(freezeJson(rest.metadata), read.draft.metadata) &&
    rest.parent_version === before &&
    rest.analysis === null &&
    rest.optimization_result === null
  if (isWhole) return undefined
  const fields = lost.map((field): [string, JsonValue] => [
    field,
    Reflect.get(prompt, field) as JsonValue,
  ])
  const more = Object.fromEntries<JsonValue>(fields)
  return { version, ...rest, prompt: more } as unknown as JsonObject
}

/** The fields `type` and `prompt` for a prompt; undefined for messages that have more than a role and a text. */
export function langfuseBodyOf(prompt: PromptBody): JsonObject | undefined {
  if (prompt.messages === undefined) return { type: 'text', prompt: prompt.text }
  const messages = prompt.messages.map((message) => {
    const { role, content, type, name } = message
    if (role === PLACEHOLDER && type === PLACEHOLDER && typeof name === 'string')
      return { type: PLACEHOLDER, name }
    const isPlain = typeof content === 'string' && Object.keys(message).length === 2
    return isPlain ? { role, content } : undefined
  })
  return messages.every((message) => message !== undefined)
    ? { type: 'chat', prompt: messages }
    : undefined
}
