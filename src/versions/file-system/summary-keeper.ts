import { isStorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { nextTurn, nowMs } from '../../base/clock.js'
import { SUMMARY_FILE } from '../../document/store-names.js'
import type { Store } from '../../engine/store.js'
import type { StoreLayout } from './store-layout.js'
import type { SummaryMemory } from './summary-memory.js'
import {
  decodeSummaryLine,
  encodeSummaryLine,
  SUMMARY_BYTES_MAX,
  summaryLines,
  type ProvenFacts,
} from './summary-file.js'
import { isSettled } from './tree-reader.js'
import type { NameSource } from './version-names.js'

/** Fewer versions than this are read again sooner than they are written. */
const WORTH_WRITING = 1000
/** The file is written again when that share of it is new. */
const NEW_SHARE = 1 / 8

/** A prompt as it is when its summaries are first needed. */
export interface Proof {
  /** The stamp of its directory; undefined if it proves nothing. */
  readonly stamp: string | undefined
  /** What the file of summaries says of the directory in this state. */
  readonly facts: ProvenFacts['facts']
}

/**
 * Keeps the summaries that were read from documents, so that the next process does not read all of them again. They are
 * derived: each line of the file holds for one state of the directory of its prompt and for no other, whichever program
 * changed it, and what is missing, damaged or outdated is read from the documents.
 */
export class SummaryKeeper {
  readonly #directory: Store
  readonly #layout: StoreLayout
  readonly #names: NameSource
  readonly #memory: SummaryMemory
  /** Of the file as this process first saw it, without those that were used. */
  #lines: Promise<Map<string, Uint8Array>> | undefined

  constructor(directory: Store, layout: StoreLayout, names: NameSource, memory: SummaryMemory) {
    this.#directory = directory
    this.#layout = layout
    this.#names = names
    this.#memory = memory
    directory.onCheckpoint(async () => await this.write(), directory.lsn)
  }

  /** Before the documents of a prompt are read: what is read after this belongs to the stamp, or to a later state. */
  async prove(promptId: string): Promise<Proof> {
    const directory = this.#directory
    // A commit that is being published has not changed the directory yet.
    await directory.waitForPublish()
    if (directory.pendingRedo.length > 0 || this.#layout.depths.length > 1) return NOTHING
    const seenMs = nowMs()
    const stamp = (await directory.volume.stat(this.#layout.promptDirectory(promptId)))?.stamp
    if (stamp === undefined || !isSettled(stamp, seenMs)) return NOTHING
    this.#lines ??= this.#read()
    const lines = await this.#lines
    const line = lines.get(promptId)
    lines.delete(promptId)
    const kept = line && decodeSummaryLine(promptId, line)
    return { stamp, facts: kept?.stamp === stamp ? kept.facts : [] }
  }

  /** Writes the file again if there is enough that it does not have. Its failure is published. */
  async write(): Promise<void> {
    if (this.#directory.isReadOnly || this.#directory.health().state !== 'ok') return
    const unsaved = this.#memory.unsaved()
    const count = unsaved.reduce((sum, [, { facts }]) => sum + facts.length, 0)
    if (count < WORTH_WRITING) return
    try {
      await this.#write(unsaved)
    } catch (error) {
      this.#report(error)
    }
  }

  /** Removes the file, which quotes from documents that may have been deleted since. */
  async remove(): Promise<void> {
    this.#lines = undefined
    this.#memory.setSaved(this.#memory.promptIds(), false)
    await this.#directory.volume.remove(SUMMARY_FILE)
  }

  async #write(unsaved: ReturnType<SummaryMemory['unsaved']>): Promise<void> {
    const fresh: Buffer[] = []
    for (const [promptId, proven] of unsaved) {
      fresh.push(Buffer.from(encodeSummaryLine(promptId, proven)))
      await nextTurn()
    }
    // Another process may have written it meanwhile.
    const before = await this.#read()
    const keptBytes = bytesOf([...before.values()])
    if (bytesOf(fresh) < keptBytes * NEW_SHARE) return
    for (const [promptId] of unsaved) before.delete(promptId)
    const known = await this.#knownIds()
    const kept = [...before].flatMap(([promptId, line]) =>
      known?.has(promptId) === false ? [] : [line, LINE_END],
    )
    const bytes = Buffer.concat(newest([...kept, ...fresh]))
    await this.#directory.volume.write(SUMMARY_FILE, bytes, { replace: true, flush: false })
    this.#memory.setSaved(
      unsaved.map(([promptId]) => promptId),
      true,
    )
  }

  /** Undefined for a store without an index: finding out would read every directory. */
  async #knownIds(): Promise<ReadonlySet<string> | undefined> {
    if (this.#names.has('', '') === undefined) return undefined
    return new Set(await this.#names.promptIds())
  }

  /** An unreadable file is treated as missing. */
  async #read(): Promise<Map<string, Uint8Array>> {
    try {
      const bytes = await this.#directory.volume.read(SUMMARY_FILE, SUMMARY_BYTES_MAX)
      return bytes === undefined ? new Map() : await summaryLines(bytes)
    } catch (error) {
      if (!isStorageError(error)) throw error
      this.#report(error)
      return new Map()
    }
  }

  #report(error: unknown): void {
    const { path } = this.#directory
    publish('background-error', () => ({ directory: path, stage: 'summaries', error }))
  }
}

const NOTHING: Proof = { stamp: undefined, facts: [] }
const LINE_END = Buffer.from('\n')

function bytesOf(lines: readonly Uint8Array[]): number {
  return lines.reduce((sum, { length }) => sum + length, 0)
}

/** The last of them that fit into the file. */
function newest(lines: readonly Uint8Array[]): readonly Uint8Array[] {
  let bytes = bytesOf(lines)
  let from = 0
  while (bytes > SUMMARY_BYTES_MAX) bytes -= lines[from++]?.length ?? bytes
  return lines.slice(from)
}
