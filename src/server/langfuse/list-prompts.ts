import type { JsonObject } from '../../document/json.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { labelsOf, tagsOf, updatedAt } from './prompt-answer.js'
import { numberOf, type LangfusePrompts } from './prompt-store.js'
import type { ListQuery } from './request-shapes.js'

/** A page of the prompts, by name, with the versions that fit. */
export async function listPrompts(prompts: LangfusePrompts, query: ListQuery): Promise<JsonObject> {
  const { page, limit } = query
  const { storage } = prompts
  const ids =
    query.name === undefined
      ? await storage.listPromptIds()
      : (await storage.listPromptIds()).filter((id) => id === query.name)
  const first = (page - 1) * limit
  if (isPlain(query)) {
    const data = await rowsOf(prompts, ids.slice(first, first + limit), query)
    return answerOf(data, ids.length, query)
  }
  const rows = await rowsOf(prompts, ids, query)
  return answerOf(rows.slice(first, first + limit), rows.length, query)
}

/** Whether every version of every prompt fits, so that only those of the page are read. */
function isPlain({ label, tag, fromUpdatedAt, toUpdatedAt, ...query }: ListQuery): boolean {
  return [label, tag, fromUpdatedAt, toUpdatedAt, numberOf(query)].every((one) => one === undefined)
}

async function rowsOf(
  prompts: LangfusePrompts,
  ids: readonly string[],
  query: ListQuery,
): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  for (const id of ids) {
    const row = await rowOf(prompts, id, query)
    if (row !== undefined) rows.push(row)
  }
  return rows
}

async function rowOf(
  prompts: LangfusePrompts,
  id: string,
  query: ListQuery,
): Promise<JsonObject | undefined> {
  const { view, numbers } = await prompts.read(id)
  const documents = await prompts.storage.listVersions(id)
  const rows = documents
    .filter(({ version }) => view.versions.includes(version))
    .map((document) => ({
      number: numbers.numberOf(document.version) ?? 0,
      document,
      labels: labelsOf(view, document.version),
      tags: tagsOf(view, document.version),
      updated: updatedAt(view, document),
    }))
    .filter((row) => fits(row, query))
    .toSorted((left, right) => left.number - right.number)
  const last = rows.at(-1)
  if (last === undefined) return undefined
  const times = rows.map(({ updated }) => Date.parse(updated))
  return {
    name: id,
    type: last.document.prompt.messages === undefined ? 'text' : 'chat',
    versions: rows.map(({ number }) => number),
    labels: [...new Set(rows.flatMap(({ labels }) => labels))].sort(),
    tags: [...last.tags],
    lastUpdatedAt: new Date(times.reduce((a, b) => Math.max(a, b), 0)).toISOString(),
    lastConfig: last.document.prompt.config ?? {},
  }
}

interface Row {
  readonly number: number
  readonly document: PromptVersion
  readonly labels: readonly string[]
  readonly tags: readonly string[]
  readonly updated: string
}

function fits({ number, labels, tags, updated }: Row, query: ListQuery): boolean {
  const wanted = numberOf(query)
  const { label, tag, fromUpdatedAt: from, toUpdatedAt: to } = query
  return (
    (wanted === undefined || number === wanted) &&
    (label === undefined || labels.includes(label)) &&
    (tag === undefined || tags.includes(tag)) &&
    (from === undefined || Date.parse(updated) >= Date.parse(from)) &&
    (to === undefined || Date.parse(updated) < Date.parse(to))
  )
}

function answerOf(data: JsonObject[], totalItems: number, { page, limit }: ListQuery): JsonObject {
  const meta = { page, limit, totalItems, totalPages: Math.ceil(totalItems / limit) }
  return { data, meta, pagination: meta }
}
