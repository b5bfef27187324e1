import { LRUCache } from 'lru-cache'
import type { VersionFacts } from '../version-summaries.js'
import type { ProvenFacts } from './summary-file.js'

/** Most memory for summaries, as estimated: some 200,000 versions. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024
/** An object of facts in its map, without its texts. */
const FACTS_BYTES = 240

/** What is known of the versions of a prompt. */
export type PromptFacts = ReadonlyMap<string, VersionFacts>

interface Entry {
  readonly facts: Map<string, VersionFacts>
  /** The stamp of the directory after which all of them were read; undefined if they were not, or it has changed. */
  stamp: string | undefined
  /** Whether the file of summaries has all of them. */
  isSaved: boolean
}

/** How facts were read. */
export interface Origin {
  /** The memory's, from before. */
  readonly generation: number
  /** The stamp of the prompt's directory from before; undefined if it proves nothing. */
  readonly stamp: string | undefined
  /** Whether they are from the file of summaries. */
  readonly isSaved: boolean
}

/** What the documents of the most recently asked prompts say in short, bounded. */
export class SummaryMemory {
  readonly #prompts: LRUCache<string, Entry>
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
    return this.#prompts.get(promptId)?.facts
  }

  /** Adds what is known to be true now, unless everything was forgotten since it was read. */
  keep(promptId: string, facts: Iterable<VersionFacts>, origin: Origin): void {
    if (origin.generation !== this.#generation) return
    const entry = this.#prompts.get(promptId) ?? {
      facts: new Map<string, VersionFacts>(),
      stamp: origin.stamp,
      isSaved: true,
    }
    for (const one of facts) entry.facts.set(one.version, one)
    // Read by two calls after different states: neither stamp proves all of it.
    if (entry.stamp !== origin.stamp) entry.stamp = undefined
    if (!origin.isSaved) entry.isSaved = false
    if (entry.facts.size > 0) this.#prompts.set(promptId, entry, { size: bytesOf(entry.facts) })
  }

  /** The stamp under which a prompt was read, if that is still known to be true. */
  stampOf(promptId: string): string | undefined {
    return this.#prompts.peek(promptId)?.stamp
  }

  /** A version of the prompt was saved: the stamp of its directory has changed. */
  added(promptId: string): void {
    const entry = this.#prompts.peek(promptId)
    if (entry !== undefined) entry.stamp = undefined
  }

  remove(promptId: string, version: string): void {
    const entry = this.#prompts.peek(promptId)
    if (entry === undefined) return
    entry.stamp = undefined
    if (entry.facts.delete(version) && entry.facts.size === 0) this.#prompts.delete(promptId)
  }

  clear(): void {
    this.#generation++
    this.#prompts.clear()
  }

  /** The prompts that the file of summaries does not have and could. */
  unsaved(): readonly (readonly [promptId: string, proven: ProvenFacts])[] {
    return [...this.#prompts.entries()].flatMap(([promptId, { facts, stamp, isSaved }]) =>
      isSaved || stamp === undefined
        ? []
        : [[promptId, { stamp, facts: [...facts.values()] }] as const],
    )
  }

  /** The file has these prompts now, or has lost all of them. */
  setSaved(promptIds: Iterable<string>, isSaved: boolean): void {
    for (const promptId of promptIds) {
      const entry = this.#prompts.peek(promptId)
      if (entry !== undefined) entry.isSaved = isSaved
    }
  }

  promptIds(): Iterable<string> {
    return this.#prompts.keys()
  }
}

/** A character may take two bytes. */
function bytesOf(known: PromptFacts): number {
  let bytes = 0
  for (const { author = '', message = '' } of known.values())
    bytes += FACTS_BYTES + 2 * (author.length + message.length)
  return bytes
}
