import { createHash } from 'node:crypto'
import { nowText } from '../base/clock.js'
import { encodePromptFile } from '../document/prompt-file.js'
import type { Precondition, StoredObject } from '../objects/service.js'
import type { NewDocument, StoredDocument } from '../versions/source/document-source.js'
import { idOf, isMarker, newId, type Bucket } from './bucket.js'
import { failedChange, nothingDone } from './failure.js'
import { judge } from './head-state.js'
import type { Heads } from './heads.js'
import type { ObjectNames } from './object-names.js'
import { IN_TRANSACTION, SAVED_AT, SHA256, type PromptReader } from './prompt-reader.js'

/** Whose object it is: that of an attempt to save, or of a transaction, which makes it a version later. */
interface Placing {
  readonly id: string
  readonly isPending: boolean
}

/** What came of an attempt to create the object of a version. */
type Placed = { readonly version: string } | 'live' | 'pending'

/** Creates the objects of versions, each on the condition that the version does not exist. */
export class DocumentObjects {
  readonly #bucket: Bucket
  readonly #names: ObjectNames
  readonly #heads: Heads
  readonly #reader: PromptReader
  /** The prompts with a hash as their name whose id is known to be in the bucket. */
  readonly #withId = new Set<string>()

  constructor(bucket: Bucket, names: ObjectNames, heads: Heads, reader: PromptReader) {
    this.#bucket = bucket
    this.#names = names
    this.#heads = heads
    this.#reader = reader
  }

  /** Saves one version. Returns the one that is there if it exists; otherwise the ETag or generation of its object. */
  async save(document: NewDocument): Promise<StoredDocument | { readonly saved: string }> {
    const { promptId, version } = document
    await nothingDone(async () => await this.keepId(promptId))
    for (;;) {
      const placed = await this.place(document, { id: newId(), isPending: false })
      if (typeof placed === 'object') return { saved: placed.version }
      if (placed === 'pending') await nothingDone(async () => await this.#heads.settled(promptId))
      else {
        const [found] = await nothingDone(async () => {
          return await this.#reader.get(promptId, [version])
        })
        if (found !== undefined) return found
      }
    }
  }

  /** Creates the object of a version, in the place of one that is not a version any more. */
  async place(document: NewDocument, { id, isPending }: Placing): Promise<Placed> {
    const { promptId, version } = document
    const savedAt = document.savedAt === undefined ? nowText() : document.savedAt
    const bytes = document.encode(savedAt ?? undefined)
    const given = {
      name: this.#names.version(promptId, version),
      bytes,
      id,
      metadata: {
        [SHA256]: createHash('sha256').update(bytes).digest('hex'),
        ...(savedAt === null ? {} : { [SAVED_AT]: savedAt }),
        ...(isPending ? { [IN_TRANSACTION]: nowText() } : {}),
      },
    }
    let precondition: Precondition = 'absent'
    let isSent = false
    try {
      for (;;) {
        const written = await this.#bucket.write({ ...given, precondition })
        if (written !== undefined) return written
        isSent = true
        const found = await this.#reader.object(promptId, version)
        if (found !== undefined && idOf(found) === id && !isMarker(found)) return found
        const state = found === undefined ? 'absent' : await this.#makeRoom(document, found)
        if (state === 'live' || state === 'pending') return state
        precondition = state
      }
    } catch (error) {
      throw failedChange(error, isSent)
    }
  }

  /** Keeps the id of a prompt whose name is a hash of it. */
  async keepId(promptId: string): Promise<void> {
    const name = this.#names.promptFile(promptId)
    if (name === undefined || this.#withId.has(promptId)) return
    const bytes = encodePromptFile(promptId)
    await this.#bucket.write({ name, bytes, id: newId(), precondition: 'absent' })
    this.#withId.add(promptId)
  }

  /** Makes room under the name, if what is there is not a version: returns the condition for what replaces it. */
  async #makeRoom(
    { promptId, version }: NewDocument,
    found: StoredObject,
  ): Promise<'live' | 'pending' | Precondition> {
    if (isMarker(found)) return { version: found.version }
    const { seen } = await this.#heads.view(promptId)
    const state = judge(seen, version, idOf(found))
    if (state !== 'dead') return state
    await this.#bucket.remove(found)
    return 'absent'
  }
}
