import { TextDecoder } from 'node:util'
import { YamlError } from './yaml-cursor.js'

/** How the characters of a file are written as bytes. */
export type FileEncoding = 'utf-8' | 'utf-16le' | 'utf-16be'

/** The characters of a file. A byte order mark is its first character. */
export interface DecodedFile {
  readonly text: string
  readonly encoding: FileEncoding
}

/**
 * Decodes a file: UTF-16 if it begins with a byte order mark of it, or if one of its first two bytes is zero (the first
 * character of YAML is ASCII then); UTF-8 otherwise. Nothing is replaced, so that `encodeText` returns the same bytes.
 *
 * @throws YamlError if it is not text in that encoding; its offset is in `readablePart`
 */
export function decodeBytes(bytes: Uint8Array): DecodedFile {
  const encoding = encodingOf(bytes)
  try {
    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
    return { text: decoder.decode(bytes), encoding }
  } catch (cause) {
    const name = encoding.slice(0, 6).toUpperCase()
    throw new YamlError(`it is not ${name} text`, readablePart(bytes).length, { cause })
  }
}

/** The text of a file up to the first byte that is not part of a character. */
export function readablePart(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes)
  let [readable, wrong] = [0, bytes.length + 1]
  // The decoder does not say where it stopped.
  while (wrong - readable > 1) {
    const middle = Math.floor((readable + wrong) / 2)
    if (partOf(bytes, middle, encoding) === undefined) wrong = middle
    else readable = middle
  }
  return partOf(bytes, readable, encoding) ?? ''
}

/** The whole characters of the first bytes; undefined if some of them are wrong. */
function partOf(bytes: Uint8Array, length: number, encoding: FileEncoding): string | undefined {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  try {
    return decoder.decode(bytes.subarray(0, length), { stream: true })
  } catch {
    return undefined
  }
}

function encodingOf([first, second]: Uint8Array): FileEncoding {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined))
    return 'utf-16be'
  return 'utf-8'
}

/** The bytes of a text. It must be well-formed: a lone surrogate has none. */
export function encodeText(text: string, encoding: FileEncoding): Uint8Array {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8')
  const bytes = Buffer.from(text, 'utf16le')
  return encoding === 'utf-16le' ? bytes : bytes.swap16()
}

/** Whether a text has bytes: it has no half of a surrogate pair. */
export function isWellFormedText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}
