import { queueOf } from '../../base/keyed-queue.js'
import type { JsonObject } from '../../document/json.js'
import { langfusePromptOf } from '../../interchange/langfuse.js'
import { NO_HEAD } from '../../versions/prompt-heads.js'
import type { PromptContent } from '../../versions/prompts/prompt.js'
import { placeholdersIn } from '../../versions/registry/placeholders.js'
import { isChat, type PromptBody } from '../../versions/registry/template.js'
import type { RegistryTransaction } from '../../versions/registry/registry-transaction.js'
import { invalidRequest, refuse } from './langfuse-error.js'
import { LATEST, latestOf, tagsOf } from './prompt-answer.js'
import type { LangfusePrompts, NumberedPrompt } from './prompt-store.js'
import { assignmentText, majorOf, numberIn, numbersId } from './prompt-numbers.js'
import type { CreateBody } from './request-shapes.js'

/**
 * Stores the next version with its number, its labels and its tags in one commit, and returns the number. A content that
 * the latest version has already is not stored again: clients send a request again whose answer they did not get.
 *
 * @param author who is authenticated
 */
export async function createPrompt(
  prompts: LangfusePrompts,
  body: CreateBody,
  author: string | undefined,
): Promise<number> {
  const { name, commitMessage, labels } = body
  const content = contentOf(body)
  await prompts.resolve({ id: name, name, version: 0, body: content as PromptBody }, 400)
  const { storage, registry } = prompts
  return await queueOf(storage).run(`langfuse:${name}`, async () => {
    const before = await prompts.read(name)
    return await registry.transaction(async (tx) => {
      await requireSameType(tx, name, content)
      const published = await tx.publish(name, content, {
        ...(author === undefined ? {} : { author }),
        ...(typeof commitMessage === 'string' && commitMessage !== ''
          ? { message: commitMessage }
          : {}),
        labels: labels.filter((label) => label !== LATEST),
        // Versions that an import from Langfuse or this path has made are numbered as there.
        ...(before.view.versions.every((version) => majorOf(version) !== undefined)
          ? { bump: 'major' as const }
          : {}),
      })
      const { version, created } = published
      await setTags(tx, before, { name, version, created, tags: body.tags })
      const known = before.numbers.numberOf(version)
      if (known !== undefined) return known
      const record = await tx.publish(numbersId(name), assignmentText(version), {
        message: version,
        bump: 'major',
        parent: null,
      })
      return numberIn(record.version)
    })
  })
}

function contentOf(body: CreateBody): PromptContent {
  const given = { type: body.type ?? 'text', prompt: body.prompt, config: body.config ?? null }
  const content = langfusePromptOf(given as unknown as JsonObject)
  if (!('kind' in content)) {
    refuseDoubleNames(content as PromptBody)
    return content
  }
  const why = 'reason' in content ? String(content.reason) : 'the prompt is empty'
  return refuse(invalidRequest(`The prompt does not fit: ${why}`))
}

/** A variable and a place for messages of one name would both be filled by one value. */
function refuseDoubleNames(body: PromptBody): void {
  if (!isChat(body)) return
  const variables = new Set(placeholdersIn(body).map(({ name }) => name))
  const places = body.messages.flatMap(({ type, name }) =>
    type === 'placeholder' && typeof name === 'string' ? [name] : [],
  )
  const twice = places.find((place) => variables.has(place))
  if (twice !== undefined) refuse(invalidRequest(`'${twice}' is both a variable and a placeholder`))
}

async function requireSameType(
  tx: RegistryTransaction,
  name: string,
  content: PromptContent,
): Promise<void> {
  const latest = await tx.get(name, '*')
  if (latest === undefined) return
  const [before, now] = [latest.prompt, content].map(({ messages }) =>
    messages === undefined ? 'text' : 'chat',
  )
  if (before !== now)
    refuse(
      invalidRequest(
        `The versions of '${name}' have the type ${String(before)}, not ${String(now)}`,
      ),
    )
}

interface Tagged {
  readonly name: string
  readonly version: string
  readonly created: boolean
  readonly tags: CreateBody['tags']
}

/** Tags belong to the prompt in Langfuse: given ones replace those of all versions, else the new version inherits. */
async function setTags(
  tx: RegistryTransaction,
  { view }: NumberedPrompt,
  { name, version, created, tags }: Tagged,
): Promise<void> {
  const latest = latestOf(view)
  const inherited = latest === undefined ? [] : tagsOf(view, latest)
  const { tags: all } = view.head ?? NO_HEAD
  const wanted = tags ?? inherited
  if (tags === null || tags === undefined) {
    if (created && wanted.length > 0) await tx.tag(name, version, { add: wanted })
    return
  }
  for (const each of new Set([...view.versions, version])) {
    const has = Object.hasOwn(all, each) ? (all[each] ?? []) : []
    const remove = has.filter((tag) => !wanted.includes(tag))
    const add = wanted.filter((tag) => !has.includes(tag))
    if (add.length + remove.length > 0) await tx.tag(name, each, { add, remove })
  }
}
