import { codeOf } from '../../base/values.js'
import { offersVersionNames, type VersionStorage } from '../../versions/version-storage.js'
import { ExperimentError } from '../experiment-error.js'
import type { LedgerDocument, LedgerEntry } from './ledger-entry.js'

/** Entries of one id in the storage; a run of more has several ids, so that none grows without bound. */
const SEGMENT_ENTRIES = 1000

/** What a writer says of an entry; the log adds its number. */
export type NewEntry<Entry = LedgerEntry> = Entry extends LedgerEntry
  ? Omit<Entry, 'sequence'>
  : never

/**
 * The entries of a run, each a document of its own under the id `ledger.RUN.SEGMENT`. An entry that was appended is as
 * durable as the storage promises; two processes cannot append the same number.
 */
export class EntryLog {
  readonly #storage: VersionStorage<LedgerDocument, LedgerDocument>
  readonly #run: string
  #next = 0

  constructor(storage: VersionStorage<LedgerDocument, LedgerDocument>, run: string) {
    this.#storage = storage
    this.#run = run
  }

  /** All entries, by number. @throws ExperimentError OPT-LEDGER-001 for a damaged one */
  async load(): Promise<LedgerEntry[]> {
    const entries: LedgerEntry[] = []
    for (let segment = 0; ; segment++) {
      const id = this.#idOf(segment)
      const documents = await this.#storage.listVersions(id)
      await this.#checkWhole(id, documents.length)
      if (documents.length === 0) break
      for (const { entry } of documents) entries.push(entry)
    }
    entries.sort((left, right) => left.sequence - right.sequence)
    this.#next = (entries.at(-1)?.sequence ?? -1) + 1
    return entries
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

  /**
   * Numbers an entry in the order of the calls, and saves it.
   * @throws ExperimentError OPT-LEDGER-002 when another process has saved this number
   */
  async append(entry: NewEntry): Promise<LedgerEntry> {
    const sequence = this.#next++
    const numbered = { ...entry, sequence } as LedgerEntry
    try {
      await this.#storage.saveVersion({
        prompt_id: this.#idOf(Math.floor(sequence / SEGMENT_ENTRIES)),
        version: `1.0.${sequence % SEGMENT_ENTRIES}`,
        entry: numbered,
      })
      return numbered
    } catch (cause) {
      if (codeOf(cause) !== 'OPT-VER-001') throw cause
      throw new ExperimentError(
        'OPT-LEDGER-002',
        `Another process writes the run "${this.#run}", too`,
        { cause, context: { run: this.#run, sequence } },
      )
    }
  }

  #idOf(segment: number): string {
    return `ledger.${this.#run}.${segment}`
  }
}
