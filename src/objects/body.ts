import { Readable } from 'node:stream'
import { clearTimeout, setTimeout } from '../base/clock.js'
import { StorageError } from '../base/errors.js'
import type { ByteRange } from '../base/byte-source.js'

/** The expected body, and how a mismatch is reported. */
export interface BodyExpectation {
  readonly key: string
  readonly bytes: number
  /** How long the service may leave a reader waiting for the next bytes. */
  readonly idleMs: number
}

/** The body of an answer to a request for that part of a file. */
export function rangeBody(
  { key, storedBytes }: { readonly key: string; readonly storedBytes: number },
  range: ByteRange | undefined,
  body: Readable,
  idleMs: number,
): Readable {
  const start = range?.start ?? 0
  const end = Math.min(range?.end ?? storedBytes, storedBytes)
  return new ObjectBody(body, { key, bytes: Math.max(end - start, 0), idleMs })
}

/**
 * The body of an answer, as its reader gets it: short or stalled ones fail, failures are `StorageError`s, and
 * destroying it releases the connection. Time counts only while the reader is waiting, so that a slow one does no harm.
 */
export class ObjectBody extends Readable {
  readonly #source: Readable
  readonly #expected: BodyExpectation
  #seen = 0
  #isRead = false
  #failure: StorageError | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(source: Readable, expected: BodyExpectation) {
    super()
    this.#source = source
    this.#expected = expected
    source.pause()
    source.on('data', (chunk: Uint8Array) => {
      this.#take(chunk)
    })
    source.on('end', () => {
      this.#end()
    })
    source.on('error', (error: NodeJS.ErrnoException) => {
      this.#fail(error.code ?? error.name)
    })
    // Closed without an end and without an error: the connection is gone.
    source.on('close', () => {
      if (!source.readableEnded) this.#fail('closed')
    })
  }

  override _read(): void {
    this.#isRead = true
    if (this.#failure !== undefined) {
      this.destroy(this.#failure)
      return
    }
    this.#timer ??= setTimeout(() => {
      this.#fail('timeout')
    }, this.#expected.idleMs)
    this.#source.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#disarm()
    this.#source.destroy()
    done(error)
  }

  #take(chunk: Uint8Array): void {
    this.#disarm()
    this.#seen += chunk.length
    if (this.#seen > this.#expected.bytes) this.#fail('long')
    else if (!this.push(chunk)) this.#source.pause()
  }

  #end(): void {
    this.#disarm()
    if (this.#seen === this.#expected.bytes) this.push(null)
    else this.#fail('short')
  }

  #fail(reason: string): void {
    if (this.destroyed || this.readableEnded) return
    const { key, bytes } = this.#expected
    this.#failure ??= new StorageError(
      'FS-UNAVAILABLE-001',
      `Reading '${key}' ended after ${this.#seen} of ${bytes} bytes (${reason})`,
      { context: { key, reason, bytes_read: this.#seen, bytes } },
    )
    // A body that is not being read has no listener yet: its reader gets the failure.
    if (this.#isRead) this.destroy(this.#failure)
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
