import {
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  type GetPromptResult,
  type Prompt,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { isStorageError } from '../base/errors.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { compile } from '../versions/registry/compile.js'
import { placeholdersIn } from '../versions/registry/placeholders.js'
import { parseReference } from '../versions/registry/reference.js'
import { composeVersion } from '../versions/registry/render-version.js'
import { requireReferenced } from '../versions/registry/storage-reads.js'
import type { PromptBody } from '../versions/registry/template.js'
import { mcpMessages, messagePlaceholdersOf, withMessages } from './messages.js'
import { cursorAfter, idsAfter } from './pages.js'
import { checkClientPrompt, readable, type Place } from './place.js'
import { answering } from './protocol-error.js'

/** How many prompts a page has. */
const PAGE_PROMPTS = 50

/**
 * Offers the versions with the label of the rules as prompts. Their placeholders are the arguments. What has no label
 * is not offered, so that no client can change by a proposal what the others are offered.
 */
export function addPrompts({ server }: McpServer, place: Place): void {
  server.setRequestHandler(ListPromptsRequestSchema, async ({ params }) =>
    answering(async () => await listPrompts(place, params?.cursor)),
  )
  server.setRequestHandler(GetPromptRequestSchema, async ({ params }) =>
    answering(async () => await getPrompt(place, params.name, params.arguments ?? {})),
  )
}

async function listPrompts(
  place: Place,
  cursor: string | undefined,
): Promise<{ prompts: Prompt[]; nextCursor?: string }> {
  const { storage, registry, rules } = place
  const ids = idsAfter(await storage.listPromptIds(), cursor)
  const prompts: Prompt[] = []
  for (const id of ids) {
    const head = await storage.readHead(id)
    if (head === undefined || !Object.hasOwn(head.labels, rules.label)) continue
    const version = await registry.get(id, `@${rules.label}`)
    if (version === undefined) continue
    prompts.push(await describe(place, version))
    if (prompts.length === PAGE_PROMPTS && id !== ids.at(-1))
      return { prompts, nextCursor: cursorAfter(id) }
  }
  return { prompts }
}

async function describe(place: Place, version: PromptVersion): Promise<Prompt> {
  const { prompt_id: name, metadata } = version
  const { message } = metadata
  const facts = { version: version.version, label: place.rules.label }
  const composed = await composedOrNot(place, version)
  return {
    name,
    ...(typeof message === 'string' ? { description: message } : {}),
    arguments: composed === undefined ? [] : argumentsOf(composed),
    _meta: { 'holdfast/version': facts.version, 'holdfast/label': facts.label },
    // It is there, and `prompts/get` says what is wrong with it.
    ...(composed === undefined
      ? { description: 'Cannot be rendered: it includes a prompt that cannot be included' }
      : {}),
  }
}

/** One prompt that cannot be composed must not keep the others out of the list. */
async function composedOrNot(
  { registry }: Place,
  version: PromptVersion,
): Promise<PromptBody | undefined> {
  try {
    return (await composeVersion(registry, version)).document
  } catch (error) {
    if (isStorageError(error, 'OPT-REF-001') || isStorageError(error, 'OPT-VER-002'))
      return undefined
    throw error
  }
}

function argumentsOf(body: PromptBody): NonNullable<Prompt['arguments']> {
  const texts = placeholdersIn(body).map(({ name }) => ({ name, required: true }))
  const messages = messagePlaceholdersOf(body).map((name) => ({
    name,
    description: 'Further messages: the JSON text of a list of { role, content }',
    required: false,
  }))
  return [...texts, ...messages]
}

async function getPrompt(
  place: Place,
  id: string,
  values: Readonly<Record<string, string>>,
): Promise<GetPromptResult> {
  const { registry, rules } = place
  checkClientPrompt(id)
  const reference = parseReference(`@${rules.label}`)
  const version = (await requireReferenced(readable(place), id, reference)) as PromptVersion
  const { document, included } = await composeVersion(registry, version)
  const filled = new Set(messagePlaceholdersOf(document))
  const texts = Object.fromEntries(Object.entries(values).filter(([name]) => !filled.has(name)))
  // The messages are added last: what is in them is not a template.
  const { messages, roles } = mcpMessages(withMessages(compile(document, texts), values))
  return {
    messages,
    _meta: {
      'holdfast/version': version.version,
      'holdfast/label': rules.label,
      'holdfast/roles': version.prompt.role === undefined ? roles : [version.prompt.role],
      'holdfast/included': included,
    },
  }
}
