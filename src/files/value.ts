import { TextDecoder } from 'node:util'
import { wrongArgument } from '../base/misuse.js'
import { isBytes, kindOf } from '../base/values.js'
import { freezeJson } from '../document/freeze-json.js'
import { jsonText, parseJson } from '../document/json.js'
import { FormatError } from '../base/errors.js'
import type { FileDocument } from './document.js'

/** What can be stored: bytes, text, or anything that JSON holds exactly. */
export type FileValue = Uint8Array | string | number | boolean | null | object

export interface EncodedValue {
  readonly kind: FileDocument['kind']
  /** A copy: the caller's bytes may change. */
  readonly bytes: Uint8Array
}

/**
 * The bytes of a value, and its kind, so that exactly the same value is returned.
 *
 * @throws TypeError for text with lone surrogates and for values that JSON would drop or change
 */
export function encodeValue(value: unknown): EncodedValue {
  if (isBytes(value)) return { kind: 'bytes', bytes: new Uint8Array(value) }
  if (typeof value !== 'string') {
    const json = jsonText(freezeJson(value, 'data'))
    if (json === undefined) throw wrongArgument(`Argument "data" is missing, got ${kindOf(value)}`)
    return { kind: 'json', bytes: Buffer.from(json) }
  }
  if (!value.isWellFormed())
    throw wrongArgument(
      `Argument "data" must be text without lone surrogates, got ${kindOf(value)}`,
    )
  return { kind: 'text', bytes: Buffer.from(value) }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The value that `encodeValue` was given; JSON is frozen, bytes are the caller's own.
 *
 * @throws FormatError for bytes that are not of their kind
 */
export function decodeValue(kind: FileDocument['kind'], bytes: Uint8Array): FileValue | null {
  if (kind === 'bytes') return new Uint8Array(bytes)
  if (kind === 'json') return parseJson(bytes)
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new FormatError('text is not UTF-8', { cause })
  }
}
