import { LRUCache } from 'lru-cache'
import type { VersionFacts } from '../version-summaries.js'

/** Most memory for summaries, as estimated: some 200,000 versions. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024
/** An object of facts in its map, without its texts. */
const FACTS_BYTES = 240

/** What is known of the versions of a prompt. */
export type PromptFacts = ReadonlyMap<string, VersionFacts>

/** What the documents of the most recently asked prompts say in short, bounded. */
export class SummaryMemory {
  readonly #prompts: LRUCache<string, Map<string, VersionFacts>>
  #generation = 0

  constructor(bytesMax: number = MEMORY_BYTES_MAX) {
    this.#prompts = new LRUCache({ maxSize: bytesMax })
  }

  /** Changes when everything was forgotten: what was read before may be old. */
  get generation(): number {
    return this.#generation
  }

  /** Changes with the memory. */
  of(promptId: string): PromptFacts | undefined {
    return this.#prompts.get(promptId)
  }

  /** Adds what is known to be true now, unless everything was forgotten since `generation`. */
  keep(promptId: string, facts: Iterable<VersionFacts>, generation: number): void {
    if (generation !== this.#generation) return
    const known = this.#prompts.get(promptId) ?? new Map<string, VersionFacts>()
    for (const one of facts) known.set(one.version, one)
    if (known.size > 0) this.#prompts.set(promptId, known, { size: bytesOf(known) })
  }

  remove(promptId: string, version: string): void {
    const known = this.#prompts.peek(promptId)
    if (known?.delete(version) === true && known.size === 0) this.#prompts.delete(promptId)
  }

  clear(): void {
    this.#generation++
    this.#prompts.clear()
  }
}

/** A character may take two bytes. */
function bytesOf(known: PromptFacts): number {
  let bytes = 0
  for (const { author = '', message = '' } of known.values())
    bytes += FACTS_BYTES + 2 * (author.length + message.length)
  return bytes
}
