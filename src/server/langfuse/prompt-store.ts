import { isStorageError } from '../../base/errors.js'
import { isPromptId, isRecordId } from '../../document/prompt-id.js'
import type { JsonObject } from '../../document/json.js'
import type { PromptView } from '../../versions/prompt-heads.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { composeVersion } from '../../versions/registry/render-version.js'
import type { PromptRegistry } from '../../versions/registry/prompt-registry.js'
import type { PromptBody } from '../../versions/registry/template.js'
import type { VersionStore } from '../../versions/version-store.js'
import { resolveDependencies, type Dependency } from './dependencies.js'
import { LangfuseRefusal, refuse } from './langfuse-error.js'
import { idOf, labelled, PRODUCTION, promptAnswer, type NumberedVersion } from './prompt-answer.js'
import { PromptNumbers, type Numbers } from './prompt-numbers.js'

/** A version that is wanted: one of the two, the label `production` for none. */
export interface Wanted {
  readonly version?: number | undefined
  readonly label?: string | undefined
}

/** A prompt, its versions, and their numbers. */
export interface NumberedPrompt {
  readonly view: PromptView
  readonly numbers: Numbers
}

/** Prompts with the numbers that clients of Langfuse know them by. */
export class LangfusePrompts {
  readonly storage: VersionStore
  readonly registry: PromptRegistry
  readonly #numbers: PromptNumbers

  constructor(storage: VersionStore, registry: PromptRegistry) {
    this.storage = storage
    this.registry = registry
    this.#numbers = new PromptNumbers(storage)
  }

  /** As of one moment; every version of it has a number. */
  async read(name: string): Promise<NumberedPrompt> {
    const view = isClientName(name)
      ? await this.storage.transact([name], ([found]) => ({
          changes: [],
          result: found as PromptView,
        }))
      : { promptId: name, head: undefined, versions: [] }
    const numbers = await this.#numbers.of(name, view.versions)
    return { view, numbers }
  }

  /** @returns undefined for a version that does not exist */
  async find(name: string, wanted: Wanted): Promise<NumberedVersion | undefined> {
    if (!isClientName(name)) return undefined
    const { view, numbers } = await this.read(name)
    const version = versionOf(wanted, { view, numbers })
    if (version === undefined || !view.versions.includes(version)) return undefined
    const document = await this.storage.getVersion(name, version)
    const number = numbers.numberOf(version)
    if (document === undefined || number === undefined) return undefined
    return { document, number, view }
  }

  /** A refusal with 404 where there is none. */
  async require(name: string, wanted: Wanted): Promise<NumberedVersion> {
    return (await this.find(name, wanted)) ?? refuse(notFound(name, wanted))
  }

  /** The answer for a version, with what it includes. */
  async answer(found: NumberedVersion): Promise<JsonObject> {
    const { document, number } = found
    const name = document.prompt_id
    const body = await this.#composed(document)
    const root: Dependency = { id: idOf(name, number), name, version: number, body }
    const resolved = await this.resolve(root, 409)
    return { ...promptAnswer(found, resolved.body), resolutionGraph: resolved.graph }
  }

  /** Fills in what a prompt includes by the tags of Langfuse. */
  async resolve(root: Dependency, status: 400 | 409): ReturnType<typeof resolveDependencies> {
    const load = async (name: string, wanted: Wanted): Promise<Dependency | undefined> => {
      const found = await this.find(name, wanted)
      if (found === undefined) return undefined
      const { document, number } = found
      const body = await this.#composed(document)
      return { id: idOf(name, number), name, version: number, body }
    }
    return await resolveDependencies(root, load, status)
  }

  /** With the prompts that it includes in the way of Holdfast, which clients of Langfuse do not know. */
  async #composed(document: PromptVersion): Promise<PromptBody> {
    try {
      return (await composeVersion(this.registry, document)).document
    } catch (error) {
      if (!isStorageError(error, 'OPT-REF-001') && !isStorageError(error, 'OPT-VER-002'))
        throw error
      return refuse(new LangfuseRefusal(409, 'LangfuseConflictError', error.message))
    }
  }
}

/** Whether clients may know of it: the records of Holdfast are not prompts. */
export function isClientName(name: string): boolean {
  return isPromptId(name) && !isRecordId(name)
}

/** The number of a request; 0 is the same as none. */
export function numberOf({ version }: Wanted): number | undefined {
  return version === 0 ? undefined : version
}

function versionOf(wanted: Wanted, { view, numbers }: NumberedPrompt): string | undefined {
  const number = numberOf(wanted)
  if (number !== undefined) return numbers.versionOf(number)
  return labelled(view, wanted.label ?? PRODUCTION)
}

/** The refusal for a version that does not exist. */
export function notFound(name: string, wanted: Wanted): LangfuseRefusal {
  const number = numberOf(wanted)
  const which =
    number === undefined ? `with label '${wanted.label ?? PRODUCTION}'` : `with version ${number}`
  return new LangfuseRefusal(404, 'LangfuseNotFoundError', `Prompt not found: '${name}' ${which}`)
}
