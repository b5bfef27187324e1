import { isDeepStrictEqual } from 'node:util'
import { nowText } from '../base/clock.js'
import { StorageError } from '../base/errors.js'
import { isErrorNamed } from '../base/values.js'
import type { KnownHistory } from '../versions/prompt-history.js'
import { newId, type Bucket, type ReadObject } from './bucket.js'
import type { ObjectNames } from './object-names.js'

const FORMAT = 'holdfast versions'
const FORMAT_VERSION = 1
/** While everything is being removed, and for as long as a process that was killed meanwhile has left it so. */
const CLEARING = 'clearing'
const CLEARED = 'cleared'

interface Mark {
  readonly format: string
  readonly format_version: number
  readonly created_at: string
  readonly known_since: KnownHistory | null
}

/** The object that says that there is a store, and since when its history is known. */
export class StoreMark {
  readonly #bucket: Bucket
  readonly #name: string

  constructor(bucket: Bucket, names: ObjectNames) {
    this.#bucket = bucket
    this.#name = names.mark
  }

  /**
   * What a process that was killed while it removed everything has left is history from now on.
   * @throws StorageError FS-FORMAT-001 if there is none and none may be made, and for that of a later program
   */
  async open(mayCreate: boolean, mayWrite: boolean = mayCreate): Promise<void> {
    const found = await this.#bucket.read(this.#name)
    if (found !== undefined) {
      const { known_since: known } = this.#decode(found)
      if (known?.reason === CLEARING && mayWrite) await this.endClearing()
      return
    }
    if (!mayCreate)
      throw new StorageError('FS-FORMAT-001', `${this.#bucket.place} is not a store`, {
        context: { path: this.#bucket.place, reason: 'missing' },
      })
    const made: Mark = {
      format: FORMAT,
      format_version: FORMAT_VERSION,
      created_at: nowText(),
      known_since: null,
    }
    await this.#write(made, undefined)
  }

  /** While everything is being removed, nothing is known of the past: a view of it would show a part. */
  async knownSince(): Promise<KnownHistory | undefined> {
    const found = await this.#bucket.read(this.#name)
    const known = (found && this.#decode(found).known_since) ?? undefined
    return known?.reason === CLEARING ? { since: nowText(), reason: CLEARED } : known
  }

  /** From now on, everything is being removed, prompt by prompt. */
  async beginClearing(): Promise<void> {
    await this.setKnownSince({ since: nowText(), reason: CLEARING })
  }

  /** From now on, the history is known since now. */
  async endClearing(): Promise<void> {
    await this.setKnownSince({ since: nowText(), reason: CLEARED })
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    for (;;) {
      const found = await this.#bucket.read(this.#name)
      const mark = found === undefined ? undefined : this.#decode(found)
      const next: Mark = {
        format: FORMAT,
        format_version: FORMAT_VERSION,
        created_at: mark?.created_at ?? nowText(),
        known_since: known ?? null,
      }
      if (isDeepStrictEqual(mark, next) || (await this.#write(next, found))) return
    }
  }

  async #write(mark: Mark, found: ReadObject | undefined): Promise<boolean> {
    const written = await this.#bucket.write({
      name: this.#name,
      bytes: Buffer.from(`${JSON.stringify(mark, null, 2)}\n`),
      id: newId(),
      precondition: found === undefined ? 'absent' : { version: found.object.version },
    })
    return written !== undefined
  }

  #decode({ bytes }: ReadObject): Mark {
    const mark = this.#parsed(bytes)
    if (mark.format !== FORMAT || !Number.isSafeInteger(mark.format_version)) throw this.#notOne()
    if (mark.format_version <= FORMAT_VERSION) return mark
    throw new StorageError(
      'FS-FORMAT-001',
      `${this.#bucket.place} is a store of a later program (format ${mark.format_version}); this one knows up to ${FORMAT_VERSION}`,
      {
        context: {
          path: this.#bucket.place,
          reason: 'newer',
          format_version: mark.format_version,
        },
      },
    )
  }

  #parsed(bytes: Uint8Array): Mark {
    try {
      return Object(JSON.parse(Buffer.from(bytes).toString())) as Mark
    } catch (error) {
      if (!isErrorNamed(error, 'SyntaxError')) throw error
      throw this.#notOne(error)
    }
  }

  #notOne(cause?: unknown): StorageError {
    return new StorageError(
      'FS-FORMAT-001',
      `${this.#bucket.place} is not a store: the object ${this.#name} is of another program, or damaged`,
      { context: { path: this.#bucket.place, reason: 'foreign' }, cause },
    )
  }
}
