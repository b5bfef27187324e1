import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { checkPromptId, isRecordId } from '../document/prompt-id.js'
import type { PromptRegistry } from '../versions/registry/prompt-registry.js'
import type { AnyStorage } from '../versions/registry/registry-options.js'
import type { VersionStore } from '../versions/version-store.js'
import type { Actor } from './actor.js'

/** What a client may do. */
export interface McpRules {
  /** Whether versions may be proposed. */
  readonly allowProposals: boolean
  /** The labels that clients may move: 'all' that are not protected, or these. None by default. */
  readonly allowLabels: 'all' | readonly string[]
  /** The versions with this label are offered as prompts. */
  readonly label: string
}

/** What the calls of a client work with. */
export interface Place {
  readonly storage: VersionStore
  readonly registry: PromptRegistry
  readonly rules: McpRules
  /** The client of this connection: known once it has been initialised. */
  readonly actor: () => Actor
}

/** @throws TypeError for an id that is not one of a prompt: the records of Holdfast are not for clients */
export function checkClientPrompt(promptId: string): void {
  checkPromptId(promptId, 'prompt_id')
  if (isRecordId(promptId))
    throw wrongArgument(
      `Argument "prompt_id" must be the id of a prompt, got ${shown(promptId)}, a record of Holdfast`,
    )
}

/** The storage as the readers of the registry take it. */
export function readable({ storage }: Place): AnyStorage {
  return storage as unknown as AnyStorage
}
