import { hash } from 'node:crypto'
import { queueOf } from '../../base/keyed-queue.js'
import { documentTime } from '../../base/clock.js'
import { PROMPT_ID_BYTES_MAX, recordIdOf } from '../../document/prompt-id.js'
import { NO_HEAD, type PromptChange } from '../../versions/prompt-heads.js'
import type { PromptVersionInput } from '../../versions/prompts/prompt-version.js'
import type { VersionStore } from '../../versions/version-store.js'

const KIND = 'numbers'
/** Most numbers that one transaction gives. */
const NUMBERS_TOGETHER = 200

/** The numbers of the versions of a prompt, from 1. */
export interface Numbers {
  readonly numberOf: (version: string) => number | undefined
  readonly versionOf: (number: number) => string | undefined
  /** The highest that was ever given; 0 for none. */
  readonly highest: number
}

/**
 * The integers that Langfuse has for versions. They are in a record of the store, whose version `N.0.0` says which
 * version has the number N: it never changes and is never deleted, so a number never names another version, also after
 * its version was deleted. Numbers are given in a transaction over the record, so servers on one store agree.
 */
export class PromptNumbers {
  readonly #storage: VersionStore

  constructor(storage: VersionStore) {
    this.#storage = storage
  }

  /**
   * The numbers of a prompt, after each of these versions that has none was given the next one.
   * @param versions ascending by precedence
   * @throws StorageError as saves do, and for a damaged record
   */
  async of(promptId: string, versions: readonly string[]): Promise<Numbers> {
    const known = await this.#read(promptId)
    if (versions.every((version) => known.numberOf(version) !== undefined)) return known
    return await queueOf(this.#storage).run(numbersId(promptId), async () => {
      for (;;) {
        const now = await this.#read(promptId)
        const missing = versions.filter((version) => now.numberOf(version) === undefined)
        if (missing.length === 0) return now
        await this.#give(promptId, now, missing)
      }
    })
  }

  async #read(promptId: string): Promise<Numbered> {
    const id = numbersId(promptId)
    const names = await this.#storage.listVersionNames(id)
    if (names.length === 0) return new Numbered([], [])
    const summaries = await this.#storage.listVersionSummaries(id)
    const given = new Map(summaries.map(({ version, message }) => [version, message]))
    // Summaries leave damaged documents out; reading one says what is wrong with it.
    for (const name of names) if (!given.has(name)) await this.#storage.getVersion(id, name)
    const pairs = [...given].map(([name, version]) => [numberIn(name), version ?? ''] as const)
    return new Numbered(pairs, [...given.keys()])
  }

  /** Nothing is stored if another server has given numbers meanwhile. */
  async #give(promptId: string, now: Numbered, missing: readonly string[]): Promise<void> {
    const id = numbersId(promptId)
    const given = nextNumbers(now, missing.slice(0, NUMBERS_TOGETHER))
    await this.#storage.transact([id], ([view]) => {
      const isFresh = view !== undefined && sameNames(view.versions, now.names)
      const change: PromptChange<PromptVersionInput> = {
        promptId: id,
        save: given.map(([number, version]) => assignment(id, number, version)),
        head: view?.head ?? NO_HEAD,
      }
      return { changes: isFresh ? [change] : [], result: undefined }
    })
  }
}

/** The id of the record with the numbers of a prompt. */
export function numbersId(promptId: string): string {
  const id = recordIdOf(KIND, promptId.replaceAll('%', '%25').replaceAll('_', '%5F'))
  return Buffer.byteLength(id) <= PROMPT_ID_BYTES_MAX
    ? id
    : recordIdOf(KIND, `~${hash('sha256', promptId)}`)
}

/** The number that a version of the record stands for. */
export function numberIn(name: string): number {
  return Number(name.split('.', 1)[0])
}

/** What the record says: its content is the version that has the number. */
export function assignmentText(version: string): { readonly text: string } {
  return { text: version }
}

class Numbered implements Numbers {
  readonly names: readonly string[]
  readonly pairs: readonly (readonly [number: number, version: string])[]
  readonly highest: number
  readonly #numbers: ReadonlyMap<string, number>
  readonly #versions: ReadonlyMap<number, string>

  constructor(pairs: Numbered['pairs'], names: readonly string[]) {
    this.pairs = pairs
    this.names = names
    this.highest = pairs.reduce((most, [number]) => Math.max(most, number), 0)
    this.#versions = new Map(pairs)
    this.#numbers = new Map(pairs.map(([number, version]) => [version, number]))
  }

  numberOf(version: string): number | undefined {
    return this.#numbers.get(version)
  }

  versionOf(number: number): string | undefined {
    return this.#versions.get(number)
  }
}

/**
 * The next numbers, in order. Where all versions are `N.0.0`, as an import from Langfuse makes them, each has the number
 * that it had there.
 */
function nextNumbers(now: Numbered, missing: readonly string[]): Numbered['pairs'] {
  const isOwn =
    missing.every((version) => majorOf(version) !== undefined) &&
    now.pairs.every(([number, version]) => number === majorOf(version))
  let last = now.highest
  return missing.map((version) => {
    const major = majorOf(version) ?? 0
    last = isOwn && major > last ? major : last + 1
    return [last, version] as const
  })
}

/** N of `N.0.0`; undefined for any other version. */
export function majorOf(version: string): number | undefined {
  const [, digits] = /^([1-9]\d*)\.0\.0$/.exec(version) ?? []
  return digits === undefined ? undefined : Number(digits)
}

function assignment(id: string, number: number, version: string): PromptVersionInput {
  return {
    prompt_id: id,
    version: `${number}.0.0`,
    created_at: documentTime().toISOString(),
    metadata: { message: version },
    prompt: assignmentText(version),
  }
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  const known = new Set(right)
  return left.length === right.length && left.every((name) => known.has(name))
}
