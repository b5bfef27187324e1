import { compareVersions, sortVersions } from '../document/version-number.js'

/** The index entry of one prompt. */
export interface PromptEntry {
  /** Ascending by precedence; never empty. Changes with the index: copy it to keep it. */
  readonly versions: readonly string[]
  /** Earliest and latest change that the index has seen, in milliseconds since 1970. */
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

interface MutableEntry {
  versions: string[]
  createdAtMs: number
  updatedAtMs: number
}

/**
 * Which versions of which prompts exist, in memory and exact. Every change may be applied twice: the second time has no
 * effect, so a journal can be replayed over it.
 */
export class VersionIndex {
  readonly #entries = new Map<string, MutableEntry>()
  #totalVersions = 0
  #sortedIds: readonly string[] | undefined

  get totalPrompts(): number {
    return this.#entries.size
  }

  get totalVersions(): number {
    return this.#totalVersions
  }

  /** Returns whether the version is new. */
  add(promptId: string, version: string, atMs: number): boolean {
    const entry = this.#entryFor(promptId, atMs)
    const place = placeOf(entry.versions, version)
    if (place.found) return false
    entry.versions.splice(place.at, 0, version)
    this.#totalVersions++
    widen(entry, atMs)
    return true
  }

  /** Adds a prompt that is missing here, as an index file holds it: versions strictly ascending, none twice. */
  load(promptId: string, entry: PromptEntry): void {
    this.#entries.set(promptId, { ...entry, versions: [...entry.versions] })
    this.#totalVersions += entry.versions.length
    this.#sortedIds = undefined
  }

  /** Adds many versions of one prompt, in any order; returns how many are new. For building an index from names. */
  addAll(
    promptId: string,
    versions: readonly string[],
    createdAtMs: number,
    updatedAtMs: number = createdAtMs,
  ): number {
    if (versions.length === 0) return 0
    const entry = this.#entryFor(promptId, createdAtMs)
    const before = entry.versions.length
    entry.versions = sortVersions([...new Set([...entry.versions, ...versions])])
    const added = entry.versions.length - before
    this.#totalVersions += added
    widen(entry, createdAtMs)
    widen(entry, updatedAtMs)
    return added
  }

  /** Returns whether the version existed. */
  remove(promptId: string, version: string, atMs: number): boolean {
    const entry = this.#entries.get(promptId)
    if (entry === undefined) return false
    const place = placeOf(entry.versions, version)
    if (!place.found) return false
    entry.versions.splice(place.at, 1)
    this.#totalVersions--
    widen(entry, atMs)
    if (entry.versions.length === 0) this.#forget(promptId)
    return true
  }

  clear(): void {
    this.#entries.clear()
    this.#totalVersions = 0
    this.#sortedIds = undefined
  }

  has(promptId: string, version: string): boolean {
    const entry = this.#entries.get(promptId)
    return entry !== undefined && placeOf(entry.versions, version).found
  }

  /** The highest version by precedence. */
  latest(promptId: string): string | undefined {
    return this.#entries.get(promptId)?.versions.at(-1)
  }

  count(promptId: string): number {
    return this.#entries.get(promptId)?.versions.length ?? 0
  }

  /** Ascending by precedence. Changes with the index: copy it to keep it. */
  versions(promptId: string): readonly string[] {
    return this.#entries.get(promptId)?.versions ?? NONE
  }

  entry(promptId: string): PromptEntry | undefined {
    return this.#entries.get(promptId)
  }

  /** All ids in no particular order, without a copy: ids that come or go meanwhile may or may not appear. */
  ids(): IterableIterator<string> {
    return this.#entries.keys()
  }

  /** All ids sorted by code unit; kept until an id comes or goes. */
  sortedIds(): readonly string[] {
    return (this.#sortedIds ??= Object.freeze([...this.#entries.keys()].sort()))
  }

  #entryFor(promptId: string, atMs: number): MutableEntry {
    const known = this.#entries.get(promptId)
    if (known !== undefined) return known
    const entry: MutableEntry = { versions: [], createdAtMs: atMs, updatedAtMs: atMs }
    this.#entries.set(promptId, entry)
    this.#sortedIds = undefined
    return entry
  }

  #forget(promptId: string): void {
    this.#entries.delete(promptId)
    this.#sortedIds = undefined
  }
}

const NONE: readonly string[] = Object.freeze([])

/** Where a version is or belongs. Most come last, so the end is checked first. */
function placeOf(
  ascending: readonly string[],
  version: string,
): { readonly at: number; readonly found: boolean } {
  let low = 0
  let high = ascending.length
  let middle = high - 1
  while (low < high) {
    const order = compareVersions(ascending[middle] as string, version)
    if (order === 0) return { at: middle, found: true }
    if (order < 0) low = middle + 1
    else high = middle
    middle = (low + high) >>> 1
  }
  return { at: low, found: false }
}

function widen(entry: MutableEntry, atMs: number): void {
  entry.createdAtMs = Math.min(entry.createdAtMs, atMs)
  entry.updatedAtMs = Math.max(entry.updatedAtMs, atMs)
}
