import { hash } from 'node:crypto'
import { wrongArgument } from '../base/misuse.js'
import { isErrorNamed } from '../base/values.js'
import { shown } from '../base/options.js'

/** Longest prompt id, in bytes of UTF-8. */
export const PROMPT_ID_BYTES_MAX = 1024
/** Longest encoded name, in bytes of UTF-8; a longer one is replaced by a hash. File systems stop at 255. */
export const PROMPT_NAME_BYTES_MAX = 200
/** No escaped id or key of a file is longer: three characters per byte, and the bitmap of its letters. */
const ESCAPED_LENGTH_MAX = 4 * PROMPT_ID_BYTES_MAX

export interface PromptNameOptions {
  /** For disks that treat `A` and `a` as the same name: upper case is written so that it survives. */
  readonly foldCase: boolean
}

/**
 * The directory name of a prompt id. Injective, and safe on every file system we know: two ids never share a name, even
 * on disks that fold case or normalise Unicode.
 *
 * Kept as they are: `a-z 0-9 _ -`, `A-Z` (without foldCase), a dot that is neither first nor last, and letters that
 * have neither case nor a second form: CJK ideographs, kana, Hangul syllables. Everything else is `%xx` for each byte
 * of its UTF-8. Names that Windows reserves for devices (`con`, `lpt1`, also before a dot) get their first character
 * escaped. With foldCase, kept letters are lower-cased and `~u` with a bitmap in hex follows: one bit for each kept
 * ASCII letter, the first letter in the highest bit of the first digit, cut after the last 1. A name longer than 200
 * bytes is replaced by `~` and the SHA-256 of the id; a file in that directory must then hold the id itself.
 *
 * @throws TypeError for an invalid prompt id, see `checkPromptId`
 */
export function encodePromptId(id: string, options: PromptNameOptions): string {
  checkPromptId(id)
  const name = escapeName(id, options)
  return Buffer.byteLength(name) <= PROMPT_NAME_BYTES_MAX ? name : hashedName(id)
}

/** As `encodePromptId`, for any non-empty, well-formed text, with a name of any length. */
export function escapeName(text: string, options: PromptNameOptions): string {
  if (PLAIN.test(text) && !DEVICE.test(text)) return text
  const escaped = escapeId(text)
  return options.foldCase ? foldName(escaped) : escaped
}

/** The text of which `escapeName` made the name; `undefined` for names that it never makes. */
export function unescapeName(name: string, options: PromptNameOptions): string | undefined {
  if (name.length > ESCAPED_LENGTH_MAX) return undefined
  // Some disks return names decomposed; our names are composed, so this changes none that we wrote.
  const composed = options.foldCase ? name.normalize('NFC') : name
  const unfolded = options.foldCase ? unfoldName(composed) : composed
  const text = unfolded === undefined ? undefined : unescapeId(unfolded)
  // One text has one name: any other name that decodes to it is foreign.
  const own = text !== undefined && text !== '' && text.isWellFormed()
  return own && escapeName(text, options) === composed ? text : undefined
}

/** The id that a directory name stands for; `undefined` for hashed names and for names that we never make. */
export function decodePromptName(name: string, options: PromptNameOptions): string | undefined {
  const id = unescapeName(name, options)
  const own = isPromptId(id) && Buffer.byteLength(name) <= PROMPT_NAME_BYTES_MAX
  return own ? id : undefined
}

/** Whether a directory name is the hash of a long id. */
export function isHashedName(name: string): boolean {
  return /^~[0-9a-f]{64}$/.test(name)
}

/**
 * A prompt id is a non-empty, well-formed string of at most 1024 bytes of UTF-8 without NUL.
 *
 * @throws TypeError that says what was expected and what was given
 */
export function checkPromptId(id: unknown, name = 'promptId'): asserts id is string {
  if (isPromptId(id)) return
  const expected = `a non-empty, well-formed string of at most ${PROMPT_ID_BYTES_MAX} bytes of UTF-8 without NUL`
  throw wrongArgument(`Argument "${name}" must be ${expected}, got ${shown(id)}`)
}

/** Whether a value can be a prompt id. */
export function isPromptId(id: unknown): id is string {
  return (
    typeof id === 'string' &&
    id !== '' &&
    !id.includes('\0') &&
    id.isWellFormed() &&
    (id.length * 3 <= PROMPT_ID_BYTES_MAX || Buffer.byteLength(id) <= PROMPT_ID_BYTES_MAX)
  )
}

/**
 * The id of a document that Holdfast keeps beside the prompts of a store, such as what it knows about a workflow. It has
 * versions, and is copied and backed up, as a prompt; lists of prompts leave it out.
 *
 * @param kind lower-case letters
 * @param name any text without `_`, so that no prompt of an imported workflow has the id
 */
export function recordIdOf(kind: string, name: string): string {
  return `${RECORD_PREFIX}${kind}:${name}`
}

/** Whether an id is that of a record of Holdfast, of one kind or of any. */
export function isRecordId(id: string, kind?: string): boolean {
  const match = RECORD.exec(id)
  return match !== null && (kind === undefined || match[1] === kind)
}

/** How the ids of records begin. */
export const RECORD_PREFIX = 'holdfast:'
const RECORD = /^holdfast:([a-z]+):[^_]+$/

/** Whether Windows reserves a name for a device: `con`, `lpt1`, `nul.txt`, in any case. */
export function isDeviceName(name: string): boolean {
  return DEVICE.test(name)
}

/** Most ids by far: nothing to escape and no letter to fold. */
const PLAIN = /^[a-z0-9_-](?:[a-z0-9_.-]*[a-z0-9_-])?$/
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i
/**
 * The ideographs end where Unicode 8 ended: APFS refuses names with characters that its own, older tables do not know.
 * Kana and syllables decompose under NFD, but each to something different, and NFC composes them again.
 */
const KEPT = /[a-zA-Z0-9_.\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4db5\u4e00-\u9fd5\uac00-\ud7a3-]/

function hashedName(id: string): string {
  return `~${hash('sha256', id)}`
}

function escapeId(id: string): string {
  const characters = Array.from(id)
  const device = DEVICE.test(id)
  const last = characters.length - 1
  return characters
    .map((character, at) => {
      const edgeDot = character === '.' && (at === 0 || at === last)
      return KEPT.test(character) && !edgeDot && !(device && at === 0)
        ? character
        : percent(character)
    })
    .join('')
}

function percent(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
}

/** `undefined` when an escape is cut off or the bytes are not UTF-8. */
function unescapeId(name: string): string | undefined {
  if (/%(?![0-9a-f]{2})/.test(name)) return undefined
  try {
    return decodeURIComponent(name)
  } catch (error) {
    if (isErrorNamed(error, 'URIError')) return undefined
    throw error
  }
}

const FOLD_MARK = '~u'
/** A letter that is not part of an escape: an escape is matched first and so skipped as a whole. */
const LETTER = /%..|[a-zA-Z]/g

/** `~u`, not `~` alone: Windows makes short names such as `HELLOW~1`, and our names must never be one of them. */
function foldName(escaped: string): string {
  const bits = [...escaped.matchAll(LETTER)]
    .filter(([match]) => !match.startsWith('%'))
    .map(([letter]) => (letter < 'a' ? '1' : '0'))
    .join('')
  const used = bits.slice(0, bits.lastIndexOf('1') + 1)
  if (used === '') return escaped
  const digits = used.match(/.{1,4}/g) ?? []
  const bitmap = digits.map((four) => Number.parseInt(four.padEnd(4, '0'), 2).toString(16)).join('')
  return `${escaped.toLowerCase()}${FOLD_MARK}${bitmap}`
}

function unfoldName(name: string): string | undefined {
  const mark = name.lastIndexOf(FOLD_MARK)
  if (mark < 0) return name
  const bitmap = name.slice(mark + FOLD_MARK.length)
  if (!/^[0-9a-f]+$/.test(bitmap)) return undefined
  const bits = Array.from(bitmap)
    .map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0'))
    .join('')
  let letter = 0
  return name.slice(0, mark).replace(LETTER, (match) => {
    if (match.startsWith('%')) return match
    return bits[letter++] === '1' ? match.toUpperCase() : match
  })
}

/** Fewest and most hex digits of a shard's name: 16 to 65536 shards. */
export const SHARD_DEPTH_MIN = 1
export const SHARD_DEPTH_MAX = 4

/** The directory, one level deep, in which a sharded store keeps a prompt: the first digits of the id's SHA-256. */
export function shardOf(promptId: string, depth: number): string {
  return hash('sha256', promptId).slice(0, depth)
}

/** Whether a directory's name is that of a shard of this depth. */
export function isShardName(name: string, depth: number): boolean {
  return name.length === depth && /^[0-9a-f]+$/.test(name)
}
