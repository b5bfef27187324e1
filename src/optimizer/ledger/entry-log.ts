import { codeOf } from '../../base/values.js'
import { offersVersionNames, type VersionStorage } from '../../versions/version-storage.js'
import { ExperimentError } from '../experiment-error.js'
import { freshVersion } from './fresh-reads.js'
import type { LedgerDocument, LedgerEntry } from './ledger-entry.js'

/** Entries of one id in the storage; a run of more has several ids, so that none grows without bound. */
const SEGMENT_ENTRIES = 1000

/** What a writer says of an entry; the log adds its number and its session. */
export type NewEntry<Entry = LedgerEntry> = Entry extends LedgerEntry
  ? Omit<Entry, 'sequence' | 'session'>
  : never

/**
 * The entries of a run, each a document of its own under the id `ledger.RUN.SEGMENT`. An entry that was appended is as
 * durable as the storage promises; two processes cannot append the same number.
 *
 * A process begins with an entry of its own, whose number fences the others: a process that began earlier meets this
 * number, or one behind it, with its next entries, and ends. What it had under way and got behind this number counts
 * for no one.
 */
export class EntryLog {
  readonly #storage: VersionStorage<LedgerDocument, LedgerDocument>
  readonly #run: string
  #next = 0
  #session: number | undefined
  #missing: readonly number[] = []
  #fenced: ExperimentError | undefined

  constructor(storage: VersionStorage<LedgerDocument, LedgerDocument>, run: string) {
    this.#storage = storage
    this.#run = run
  }

  /** Numbers below the last one that no entry has: a crash leaves them until the next process begins. */
  get missing(): readonly number[] {
    return this.#missing
  }

  /** All entries that count, by number. @throws ExperimentError OPT-LEDGER-001 for a damaged one */
  async load(): Promise<readonly LedgerEntry[]> {
    const entries: LedgerEntry[] = []
    for (let segment = 0; ; segment++) {
      const id = this.#idOf(segment)
      const documents = await this.#storage.listVersions(id)
      await this.#checkWhole(id, documents.length)
      if (documents.length === 0) break
      for (const { entry } of documents) if (entry.type !== 'lease') entries.push(entry)
    }
    entries.sort((left, right) => left.sequence - right.sequence)
    this.#next = (entries.at(-1)?.sequence ?? -1) + 1
    const taken = new Set(entries.map(({ sequence }) => sequence))
    this.#missing = Array.from({ length: this.#next }, (_, at) => at).filter((at) => !taken.has(at))
    return unfenced(entries)
  }

  /**
   * Begins the work of this process, after `load`. The numbers that an earlier process left out are taken, too, so that
   * nothing of it can appear among what this one has read.
   *
   * @returns the entries that count: those that were loaded, and what came since
   * @throws ExperimentError OPT-LEDGER-002 when another process begins at the same time
   */
  async begin(entry: NewEntry, loaded: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    const [gaps, expected] = [this.#missing, this.#next]
    const begun = await this.append(entry)
    const { sequence } = begun
    this.#session = sequence
    for (const gap of gaps)
      try {
        await this.#save({ type: 'void', elapsed_seconds: 0, sequence: gap, session: sequence })
      } catch (cause) {
        // The entry of the earlier process has come after all.
        if (codeOf(cause) !== 'OPT-VER-001') throw cause
      }
    const isWhole = gaps.length === 0 && sequence === expected
    return isWhole ? [...loaded, begun] : await this.load()
  }

  /**
   * Numbers an entry in the order of the calls, and saves it.
   * @throws ExperimentError OPT-LEDGER-002 when another process has taken the run over; from then on, for every entry
   */
  async append(entry: NewEntry): Promise<LedgerEntry> {
    for (;;) {
      if (this.#fenced !== undefined) throw this.#fenced
      const sequence = this.#next++
      const session = this.#session === undefined ? {} : { session: this.#session }
      const numbered = { ...entry, sequence, ...session } as LedgerEntry
      try {
        await this.#save(numbered)
        return numbered
      } catch (cause) {
        if (codeOf(cause) !== 'OPT-VER-001') throw cause
        if (!(await this.#isFencedAt(sequence))) throw this.fence(cause)
      }
    }
  }

  /** From now on, nothing is appended: another process has the run. @returns the error of all that is tried yet */
  fence(cause?: unknown): ExperimentError {
    return (this.#fenced ??= new ExperimentError(
      'OPT-LEDGER-002',
      `Another process has taken the run "${this.#run}" over`,
      { ...(cause === undefined ? {} : { cause }), context: { run: this.#run } },
    ))
  }

  /** Lists leave damaged documents out; a request must not be sent again because its answer cannot be read. */
  async #checkWhole(id: string, found: number): Promise<void> {
    if (!offersVersionNames(this.#storage)) return
    const names = await this.#storage.listVersionNames(id)
    if (names.length === found) return
    throw new ExperimentError(
      'OPT-LEDGER-001',
      `${names.length - found} entries of the run "${this.#run}" cannot be read`,
      { context: { run: this.#run, prompt_id: id, damaged: names.length - found } },
    )
  }

  /** Whether the entry that has this number came late, from a process that this one has fenced. */
  async #isFencedAt(sequence: number): Promise<boolean> {
    const [id, version] = this.#placeOf(sequence)
    const session = (await freshVersion(this.#storage, id, version))?.entry.session
    return session !== undefined && session < (this.#session ?? sequence)
  }

  async #save(entry: LedgerEntry): Promise<void> {
    const [prompt_id, version] = this.#placeOf(entry.sequence)
    await this.#storage.saveVersion({ prompt_id, version, entry })
  }

  /** Where the entry with this number is: the id and the version of its document. */
  #placeOf(sequence: number): readonly [id: string, version: string] {
    const id = this.#idOf(Math.floor(sequence / SEGMENT_ENTRIES))
    return [id, `1.0.${sequence % SEGMENT_ENTRIES}`]
  }

  #idOf(segment: number): string {
    return `ledger.${this.#run}.${segment}`
  }
}

/** Without what a process wrote behind the number by which another one had taken the run over. */
function unfenced(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  let current = -1
  return entries.filter((entry) => {
    if (entry.type === 'session') current = entry.sequence
    return (entry.session ?? current) >= current
  })
}
