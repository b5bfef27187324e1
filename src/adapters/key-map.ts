import { hash } from 'node:crypto'
import { outOfRange, wrongArgument } from '../base/misuse.js'
import { FILE_KEY_BYTES_MAX } from '../files/key.js'
import type { FileInfo } from '../files/info.js'
import { shown } from '../base/options.js'

/** Longest key of an adapter, in bytes of its path in UTF-8. */
export const ADAPTER_KEY_BYTES_MAX: number = 16 * 1024

/** The metadata field with the key of a file whose name is too short for it. */
export const LONG_KEY_FIELD = 'long_key'

const SEPARATOR = ':'
/** A hash in place of the rest of a key: no segment becomes this, since its `%` would be escaped. */
const HASH_MARK = '%~'
const HASH_SEGMENT_BYTES = HASH_MARK.length + 64
const EMPTY_SEGMENT = '%_'
/** Characters that a key of files cannot hold, and the escape. `\p{Cs}` are surrogates without their other half. */
const UNSAFE = /[%/\0\p{Cs}]/gu
const ESCAPE = /%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g

/** Where the value of a key is stored. */
export interface Place {
  readonly fileKey: string
  /** What the file's metadata must hold so that its key can be restored. */
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Keys of key-value stores as keys of files, and back. `users:7` is the file `users/7` below the base. Any string is a
 * key, and two keys are never one file: what a path cannot hold is escaped, `%` as `%25`, `/` as `%2f`, NUL as `%00`, a
 * lone surrogate as `%ud800`, an empty segment as `%_`, `.` as `%2e`. The end of a key that is too long for a path is
 * replaced by `%~` and the SHA-256 of the whole; such a key is in the metadata.
 */
export class KeyMap {
  readonly #begin: string
  readonly #bytesMax: number

  /** @param base a key of files, or '' for the root */
  constructor(base: string) {
    this.#begin = base === '' ? '' : `${base}/`
    this.#bytesMax = FILE_KEY_BYTES_MAX - Buffer.byteLength(this.#begin)
  }

  /** @throws TypeError for a value that is not a string, RangeError for one that is too long */
  placeOf(key: unknown): Place {
    if (typeof key !== 'string')
      throw wrongArgument(`Argument "key" must be a string, got ${shown(key)}`)
    const segments = key.split(SEPARATOR).map(encodeSegment)
    const path = segments.join('/')
    const bytes = Buffer.byteLength(path)
    if (bytes <= this.#bytesMax) return { fileKey: this.#begin + path, metadata: {} }
    if (bytes > ADAPTER_KEY_BYTES_MAX)
      throw outOfRange(
        `Argument "key" must be at most ${ADAPTER_KEY_BYTES_MAX} bytes of UTF-8, escapes included, got ${bytes}`,
      )
    const end = `${HASH_MARK}${hash('sha256', path)}`
    const fileKey = this.#begin + [...this.#kept(segments.slice(0, -1)), end].join('/')
    return { fileKey, metadata: { [LONG_KEY_FIELD]: path } }
  }

  /** The key of a file; undefined for a file whose name `placeOf` never returns. */
  keyOf({ key: fileKey, metadata }: Pick<FileInfo, 'key' | 'metadata'>): string | undefined {
    if (!fileKey.startsWith(this.#begin)) return undefined
    const isHashed = fileKey.slice(fileKey.lastIndexOf('/') + 1).startsWith(HASH_MARK)
    const path = isHashed ? metadata[LONG_KEY_FIELD] : fileKey.slice(this.#begin.length)
    if (typeof path !== 'string' || Buffer.byteLength(path) > ADAPTER_KEY_BYTES_MAX)
      return undefined
    const key = path.split('/').map(decodeSegment).join(SEPARATOR)
    return this.placeOf(key).fileKey === fileKey ? key : undefined
  }

  /** The common prefix of the files of all keys that begin with `prefix`; those of other keys may have it, too. */
  listPrefix(prefix: string): string {
    const whole = prefix.split(SEPARATOR).slice(0, -1).map(encodeSegment)
    return (
      this.#begin +
      this.#kept(whole)
        .map((segment) => `${segment}/`)
        .join('')
    )
  }

  /** The first segments: as many as always precede a hash. */
  #kept(segments: readonly string[]): readonly string[] {
    let room = this.#bytesMax - HASH_SEGMENT_BYTES
    const end = segments.findIndex((segment) => (room -= Buffer.byteLength(segment) + 1) < 0)
    return end < 0 ? segments : segments.slice(0, end)
  }
}

function encodeSegment(segment: string): string {
  if (segment === '') return EMPTY_SEGMENT
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2e')
  return segment.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0).toString(16)
    return code.length > 2 ? `%u${code}` : `%${code.padStart(2, '0')}`
  })
}

/** For names that `encodeSegment` never returns, any text; encoded again, it is another name. */
function decodeSegment(name: string): string {
  if (name === EMPTY_SEGMENT) return ''
  return name.replace(ESCAPE, (_, surrogate: string | undefined, character: string | undefined) =>
    String.fromCharCode(Number.parseInt(surrogate ?? character ?? '', 16)),
  )
}
