import { z } from 'zod'
import { StorageError } from '../base/errors.js'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import type { JsonObject } from '../document/json.js'
import { BUMPS } from '../document/version-number.js'
import type { PromptContent } from '../versions/prompts/prompt.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { placeholdersOf } from '../versions/registry/placeholders.js'
import type { Template } from '../versions/registry/template.js'
import { checkClientPrompt, type McpRules } from './place.js'
import { promptIdField, referenceField, tool, type Tool } from './tool.js'

/** The tag of every version that was proposed by a client. */
export const PROPOSED_TAG = 'proposed'

const REASON_CHARACTERS_MAX = 2000
/** Unlike `latest`, it names nothing where every version is a pre-release, and is not refused. */
const ANY_STABLE = '*'

const message = z.looseObject({
  role: z.string().min(1),
  content: z.union([z.string(), z.null(), z.array(z.looseObject({}))]).optional(),
})

const proposeVersion = tool({
  name: 'propose_version',
  title: 'Propose a version of a prompt',
  description: `Stores the next version of a prompt, with the tag "${PROPOSED_TAG}" and this client as its author. No label moves: who reads a label gets what it named before, until a person moves it. Give either text or messages; config and role stay as in the parent where they are left out. A content that the latest version has already is not stored again: then created is false.`,
  input: z.strictObject({
    prompt_id: promptIdField(),
    text: z.string().optional().describe('The whole new text'),
    messages: z.array(message).min(1).optional().describe('The whole new list of messages'),
    role: z.string().min(1).optional().describe('The role of the text'),
    config: z.record(z.string(), z.unknown()).optional().describe('Replaces the whole config'),
    message: z.string().min(1).max(REASON_CHARACTERS_MAX).describe('What changed, and why'),
    parent: referenceField()
      .optional()
      .describe('The version that it was made from; the latest by default'),
    bump: z
      .enum(BUMPS)
      .optional()
      .describe('Which part of the number is raised; by what changed, by default'),
  }),
  output: z.object({
    prompt_id: z.string(),
    version: z.string(),
    created: z.boolean(),
    parent_version: z.string().nullable(),
    author: z.string().nullable(),
  }),
  hints: { reads: false },
  run: async ({ registry, actor }, { prompt_id: id, message: why, bump, parent, ...given }) => {
    checkClientPrompt(id)
    const { author, mcp } = actor()
    return await registry.transaction(async (tx) => {
      const base = await tx.get(id, parent ?? ANY_STABLE)
      const published = await tx.publish(id, contentOf(given as GivenContent, base), {
        author,
        message: why,
        metadata: { mcp: { ...mcp, tool: 'propose_version' } },
        ...(bump === undefined ? {} : { bump }),
        ...(parent === undefined ? {} : { parent }),
      })
      const { version, created, parent_version } = published
      // The version that has the content already may be in use: it is not a proposal.
      if (created) await tx.tag(id, version, { add: [PROPOSED_TAG] })
      const by = published.metadata['author']
      return {
        prompt_id: id,
        version,
        created,
        parent_version,
        author: typeof by === 'string' ? by : null,
      }
    })
  },
})

const setLabel = tool({
  name: 'set_label',
  title: 'Move a label',
  description:
    'Moves a label of a prompt to a version, or sets it. Applications that read the label get that version at once. Protected labels are refused. Pass expected, so that a move by someone else meanwhile is not undone.',
  input: z.strictObject({
    prompt_id: promptIdField(),
    label: z.string().min(1).describe('Its name, without an @'),
    version: referenceField(),
    expected: z
      .string()
      .nullable()
      .optional()
      .describe('The version that the label must name now, null for none; any by default'),
    reason: z.string().min(1).max(REASON_CHARACTERS_MAX).describe('Why it moves'),
  }),
  output: z.object({
    label: z.string(),
    from: z.string().nullable(),
    to: z.string().nullable(),
    by: z.string().nullable(),
    reason: z.string().nullable(),
    at: z.string(),
  }),
  hints: { reads: false, replaces: true },
  run: async ({ registry, actor, rules }, { prompt_id: id, label, version, expected, reason }) => {
    checkClientPrompt(id)
    requireAllowed(rules, id, label)
    const { author: by } = actor()
    const options = { by, reason, ...(expected === undefined ? {} : { expected }) }
    return { ...(await registry.label(id, label, version, options)) }
  },
})

/** The tools that change something, as far as the rules allow them. */
export function writingTools({ allowProposals, allowLabels }: McpRules): readonly Tool[] {
  const mayLabel = allowLabels === 'all' || allowLabels.length > 0
  return [...(allowProposals ? [proposeVersion] : []), ...(mayLabel ? [setLabel] : [])]
}

interface GivenContent {
  readonly text?: string
  readonly messages?: readonly Readonly<Record<string, unknown>>[]
  readonly role?: string
  readonly config?: JsonObject
}

/** The fields of a prompt that belong to its text: the others are kept. */
const OF_A_TEXT = new Set(['id', 'text', 'messages', 'role', 'variables', 'extracted_at'])

/** @throws TypeError for both a text and messages, and for neither */
function contentOf(given: GivenContent, base: PromptVersion | undefined): PromptContent {
  const { text, messages, role, config } = given
  if ((text === undefined) === (messages === undefined))
    throw wrongArgument('propose_version needs either "text" or "messages"')
  if (messages !== undefined && role !== undefined)
    throw wrongArgument('Argument "role" is that of a text: each message has its own')
  const before = base?.prompt
  const kept = Object.entries(before ?? {}).filter(([field]) => !OF_A_TEXT.has(field))
  const roleOfText = role ?? before?.role
  const body = {
    ...Object.fromEntries(kept),
    ...(config === undefined ? {} : { config }),
    ...(text === undefined
      ? { messages }
      : { text, ...(roleOfText === undefined ? {} : { role: roleOfText }) }),
  }
  return { ...body, variables: namesIn(body as unknown as Template) } as unknown as PromptContent
}

function namesIn(body: Template): readonly string[] {
  return placeholdersOf(body).map(({ name }) => name)
}

/** @throws StorageError OPT-LABEL-001 for a label that clients may not move */
function requireAllowed({ allowLabels }: McpRules, promptId: string, label: string): void {
  if (allowLabels === 'all' || allowLabels.includes(label)) return
  throw new StorageError(
    'OPT-LABEL-001',
    `Label ${shown(label)} may not be moved by this client: ${allowLabels.join(', ')} may`,
    { context: { prompt_id: promptId, labels: [label], reason: 'not_allowed' } },
  )
}
