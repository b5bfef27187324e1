import { z } from 'zod'
import { NO_HEAD, type PromptHead } from '../versions/prompt-heads.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { placeholdersOf } from '../versions/registry/placeholders.js'
import { parseReference } from '../versions/registry/reference.js'
import { renderVersion } from '../versions/registry/render-version.js'
import { requireReferenced } from '../versions/registry/storage-reads.js'
import { checkClientPrompt, readable, type Place } from './place.js'
import { limitField, promptIdField, referenceField, tool, type Tool } from './tool.js'
import { idsAfter, pageOfIds } from './pages.js'

/** What is known of a version, as the registry's records say it. */
const record = z.looseObject({
  prompt_id: z.string(),
  version: z.string(),
  labels: z.array(z.string()),
  tags: z.array(z.string()),
})

const listPrompts = tool({
  name: 'list_prompts',
  title: 'List prompts',
  description:
    'Lists the ids of the prompts with their latest version and the version of each label. Ordered by id; pass next_cursor as cursor for the next page.',
  input: z.strictObject({
    prefix: z.string().default('').describe('How the ids begin; all by default'),
    cursor: z.string().optional().describe('The next_cursor of the page before'),
    limit: limitField(50, 200),
  }),
  output: z.object({
    prompts: z.array(
      z.object({
        prompt_id: z.string(),
        latest: z.string().nullable(),
        labels: z.record(z.string(), z.string()),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  hints: { reads: true },
  run: async ({ storage }, { prefix, cursor, limit }) => {
    const ids = (await storage.listPromptIds()).filter((id) => id.startsWith(prefix))
    const { items, nextCursor } = pageOfIds(idsAfter(ids, cursor), limit)
    const prompts = await Promise.all(
      items.map(async (id) => ({
        prompt_id: id,
        latest: (await storage.getLatestVersionName(id)) ?? null,
        labels: labelsOf(await storage.readHead(id)),
      })),
    )
    return { prompts, next_cursor: nextCursor ?? null }
  },
})

const getPrompt = tool({
  name: 'get_prompt',
  title: 'Read a version of a prompt',
  description:
    'Returns one version as it is stored, with its labels, its tags and the names of its placeholders. Nothing is filled in: render_prompt does that.',
  input: z.strictObject({
    prompt_id: promptIdField(),
    version: referenceField().default('latest'),
  }),
  output: z.object({
    document: z.looseObject({ prompt_id: z.string(), version: z.string() }),
    labels: z.array(z.string()),
    tags: z.array(z.string()),
    deprecated: z.looseObject({}).nullable(),
    placeholders: z.array(z.string()),
  }),
  hints: { reads: true },
  run: async (place, { prompt_id: id, version: reference }) => {
    const document = await versionOf(place, id, reference)
    const head = (await place.storage.readHead(id)) ?? NO_HEAD
    const { version } = document
    const labels = Object.entries(labelsOf(head)).filter(([, at]) => at === version)
    return {
      document: { ...document },
      labels: labels.map(([label]) => label),
      tags: Object.hasOwn(head.tags, version) ? [...(head.tags[version] ?? [])] : [],
      deprecated: (Object.hasOwn(head.deprecated, version) && head.deprecated[version]) || null,
      placeholders: placeholdersOf(document).map(({ name }) => name),
    }
  },
})

const listVersions = tool({
  name: 'list_versions',
  title: 'List the versions of a prompt',
  description:
    'Lists the versions of a prompt, the newest first, with author, message, parent, labels and tags of each.',
  input: z.strictObject({
    prompt_id: promptIdField(),
    limit: limitField(50, 200),
    offset: z.int().min(0).default(0).describe('How many of the newest to skip'),
  }),
  output: z.object({ versions: z.array(record) }),
  hints: { reads: true },
  run: async ({ registry }, { prompt_id: id, limit, offset }) => {
    checkClientPrompt(id)
    return { versions: [...(await registry.history(id, { limit, offset }))] }
  },
})

const labelHistory = tool({
  name: 'label_history',
  title: 'List the moves of a label',
  description: 'Lists where a label of a prompt was: each move with its actor, reason and time.',
  input: z.strictObject({
    prompt_id: promptIdField(),
    label: z.string().describe('Its name, without an @'),
    limit: limitField(50, 200),
  }),
  output: z.object({
    moves: z.array(
      z.object({
        label: z.string(),
        from: z.string().nullable(),
        to: z.string().nullable(),
        by: z.string().nullable(),
        reason: z.string().nullable(),
        at: z.string(),
      }),
    ),
  }),
  hints: { reads: true },
  run: async ({ registry }, { prompt_id: id, label, limit }) => {
    checkClientPrompt(id)
    return { moves: (await registry.labelHistory(id, label)).toReversed().slice(0, limit) }
  },
})

const diffVersions = tool({
  name: 'diff_versions',
  title: 'Compare two versions',
  description:
    'Says what changed from one version of a prompt to another: texts by words, the rest by structure, and which part of the number such a change raises.',
  input: z.strictObject({
    prompt_id: promptIdField(),
    from: referenceField(),
    to: referenceField().default('latest'),
  }),
  output: z.looseObject({ from: z.string(), to: z.string(), same: z.boolean() }),
  hints: { reads: true },
  run: async ({ registry }, { prompt_id: id, from, to }) => {
    checkClientPrompt(id)
    return { ...(await registry.diff(id, from, to)) }
  },
})

const searchPrompts = tool({
  name: 'search_prompts',
  title: 'Search versions',
  description:
    'Finds the versions of all prompts that have everything that is asked for. Upper and lower case of the text are the same. Ordered by id, the newest version first.',
  input: z.strictObject({
    text: z.string().min(1).optional().describe('A part of the text, or of the message'),
    label: z.string().optional().describe('A label that the version has, without an @'),
    tag: z.string().optional().describe('A tag that the version has'),
    author: z.string().min(1).optional().describe('Who made it'),
    prefix: z.string().optional().describe('How the prompt id begins'),
    limit: limitField(20, 100),
  }),
  output: z.object({ versions: z.array(record), more: z.boolean() }),
  hints: { reads: true },
  run: async ({ registry }, { limit, ...given }) => {
    const wanted = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    )
    const found = await registry.search(wanted)
    return { versions: found.slice(0, limit), more: found.length > limit }
  },
})

const renderPrompt = tool({
  name: 'render_prompt',
  title: 'Render a prompt',
  description:
    'Returns a version with a value for each of its placeholders, and with the prompts that it includes. A missing or surplus value is refused by its name.',
  input: z.strictObject({
    prompt_id: promptIdField(),
    version: referenceField().default('latest'),
    values: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('By placeholder; what is not a text becomes its JSON'),
  }),
  output: z.looseObject({ prompt_id: z.string(), version: z.string() }),
  hints: { reads: true },
  run: async (place, { prompt_id: id, version: reference, values }) => {
    const document = await versionOf(place, id, reference)
    const { rendered, included } = await renderVersion(place.registry, document, values, {
      stringify: true,
    })
    return { prompt_id: id, version: document.version, ...rendered, included }
  },
})

/** The tools that change nothing. */
export const READING_TOOLS: readonly Tool[] = [
  listPrompts,
  getPrompt,
  listVersions,
  labelHistory,
  diffVersions,
  searchPrompts,
  renderPrompt,
]

/** @throws StorageError OPT-VER-002 that says which versions and labels there are */
async function versionOf(place: Place, id: string, reference: string): Promise<PromptVersion> {
  checkClientPrompt(id)
  const parsed = parseReference(reference, 'version')
  return (await requireReferenced(readable(place), id, parsed)) as PromptVersion
}

function labelsOf(head: PromptHead | undefined): Record<string, string> {
  const labels = Object.entries(head?.labels ?? {})
  return Object.fromEntries(labels.map(([label, { version }]) => [label, version]))
}
