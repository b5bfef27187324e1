import { LRUCache } from 'lru-cache'
import type { PromptHead } from '../prompt-heads.js'

/** What is known of a prompt beside its documents; what is undefined was not asked for yet. */
interface KnownPrompt {
  names?: readonly string[]
  head?: { readonly head: PromptHead | undefined }
}

/** Numbers and heads of the prompts that were used last, as long as no change of them is reported. */
export class PromptMemory {
  readonly #prompts: LRUCache<string, KnownPrompt>
  #epoch = 0

  constructor(prompts: number) {
    this.#prompts = new LRUCache({ max: prompts })
  }

  /** Grows with each change: what was read before one is not kept. */
  get epoch(): number {
    return this.#epoch
  }

  /** Ascending by precedence. */
  names(promptId: string): readonly string[] | undefined {
    return this.#prompts.get(promptId)?.names
  }

  head(promptId: string): { readonly head: PromptHead | undefined } | undefined {
    return this.#prompts.get(promptId)?.head
  }

  keepNames(promptId: string, names: readonly string[], epoch: number): void {
    if (epoch === this.#epoch) this.#known(promptId).names = names
  }

  keepHead(promptId: string, head: PromptHead | undefined, epoch: number): void {
    if (epoch === this.#epoch) this.#known(promptId).head = { head }
  }

  forget(promptId: string): void {
    this.#epoch++
    this.#prompts.delete(promptId)
  }

  clear(): void {
    this.#epoch++
    this.#prompts.clear()
  }

  #known(promptId: string): KnownPrompt {
    const known = this.#prompts.get(promptId)
    if (known !== undefined) return known
    const made: KnownPrompt = {}
    this.#prompts.set(promptId, made)
    return made
  }
}
