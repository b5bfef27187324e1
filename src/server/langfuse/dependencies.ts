import type { JsonObject, JsonValue } from '../../document/json.js'
import { textsOf, withTexts, type PromptBody } from '../../versions/registry/template.js'
import { LangfuseRefusal, refuse } from './langfuse-error.js'

/** Most prompts that include each other in a row, as in Langfuse. */
export const DEPTH_MAX = 5

const TAG = /@@@langfusePrompt:name=([^|@]+)\|(?:version=(\d+)|label=([^|@]+))@@@/g

/** A prompt that is included. */
export interface Dependency {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly body: PromptBody
}

/** Finds a version of a prompt; undefined if there is none. */
export type LoadDependency = (
  name: string,
  wanted: { readonly version?: number; readonly label?: string },
) => Promise<Dependency | undefined>

/** A prompt with what it includes, and what that was. */
export interface Resolved {
  readonly body: PromptBody
  /** null where nothing is included. */
  readonly graph: JsonObject | null
}

/** Whether a prompt includes others by the tags of Langfuse. */
export function hasDependencies(body: PromptBody): boolean {
  return textsOf(body).some((text) => text.search(TAG) >= 0)
}

/**
 * Replaces each `@@@langfusePrompt:name=N|version=1@@@` (or `label=L`) by the text of that prompt, and what it includes
 * in turn. Tags of another form are text.
 *
 * @param status of the refusal of what is missing, a chat, in a cycle or too deep
 */
export async function resolveDependencies(
  root: Dependency,
  load: LoadDependency,
  status: 400 | 409,
): Promise<Resolved> {
  if (!hasDependencies(root.body)) return { body: root.body, graph: null }
  const edges = new Map<string, JsonValue[]>()
  const fail = (why: string): never =>
    refuse(
      new LangfuseRefusal(
        status,
        status === 400 ? 'InvalidRequestError' : 'LangfuseConflictError',
        why,
      ),
    )
  const resolve = async (text: string, row: readonly Dependency[]): Promise<string> => {
    const parts: string[] = []
    let end = 0
    for (const match of text.matchAll(TAG)) {
      const [whole, name = '', version, label] = match
      parts.push(text.slice(end, match.index))
      end = match.index + whole.length
      const wanted = version === undefined ? { label: label ?? '' } : { version: Number(version) }
      if (row.some((each) => each.name === name))
        return fail(`Prompts include each other in a cycle: '${name}'`)
      if (row.length > DEPTH_MAX) return fail(`More than ${DEPTH_MAX} prompts include each other`)
      const found = (await load(name, wanted)) ?? fail(`Prompt dependency not found: '${name}'`)
      const { body } = found
      if (body.text === undefined) return fail(`Prompt dependency is not a text prompt: '${name}'`)
      note(edges, row.at(-1) ?? root, found)
      parts.push(await resolve(body.text, [...row, found]))
    }
    return [...parts, text.slice(end)].join('')
  }
  const texts: string[] = []
  for (const text of textsOf(root.body)) texts.push(await resolve(text, [root]))
  const { id, name, version } = root
  return {
    body: withTexts(root.body, texts),
    graph: { root: { id, name, version }, dependencies: Object.fromEntries(edges) },
  }
}

function note(edges: Map<string, JsonValue[]>, parent: Dependency, found: Dependency): void {
  const { id, name, version } = found
  const known = edges.get(parent.id) ?? []
  if (!known.some((each) => (each as JsonObject)['id'] === id)) known.push({ id, name, version })
  edges.set(parent.id, known)
}
