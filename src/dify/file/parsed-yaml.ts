import { createHash } from 'node:crypto'
import { isBytes, shortened } from '../../base/values.js'
import { WorkflowError } from '../workflow-error.js'
import { decodeBytes, readablePart, type DecodedFile } from './encoding.js'
import { TextPlaces } from './text-places.js'
import { YamlError } from './yaml-cursor.js'
import { readYaml } from './yaml-reader.js'
import type { YamlNoteKind } from './yaml-tokens.js'
import type { YamlNode } from './yaml-tree.js'

/** The largest workflow file that is read by default, in bytes. The largest real one seen has 250 KB. */
export const WORKFLOW_BYTES_MAX: number = 1024 * 1024

/** Most notes of one kind for one file; those behind them say nothing new. */
const NOTES_MAX = 200

/** Something in a file that was tolerated. */
export interface YamlNote {
  readonly kind: YamlNoteKind | 'encoding'
  readonly message: string
  readonly offset: number
}

/** One YAML document with the place of every value. */
export interface ParsedYaml extends DecodedFile {
  readonly bytes: Uint8Array
  /** SHA-256 of the bytes, in hexadecimal digits. */
  readonly digest: string
  readonly root: YamlNode
  readonly places: TextPlaces
  readonly notes: readonly YamlNote[]
}

/**
 * Parses one YAML document as Dify reads it. There are at most 200 notes of each kind.
 *
 * @param source a text is treated as its bytes in UTF-8
 * @throws WorkflowError OPT-EXT-003 for anything but one well-formed document of at most `bytesMax`; `context` has the
 * reason, the same as `fault` without its place, and line and column where they are known
 */
export function parseYaml(source: Uint8Array | string, file: string, bytesMax: number): ParsedYaml {
  const bytes = isBytes(source) ? source : Buffer.from(source, 'utf8')
  let text: string | undefined
  try {
    if (bytes.byteLength > bytesMax)
      throw new YamlError(`it has ${bytes.byteLength} bytes, the limit is ${bytesMax}`)
    const decoded = decodeBytes(bytes)
    text = decoded.text
    const notes = new Notes()
    if (decoded.encoding !== 'utf-8') notes.add('encoding', 0, decoded.encoding)
    notes.addControls(text)
    const root = readYaml(text, (kind, offset, subject) => notes.add(kind, offset, subject))
    const digest = createHash('sha256').update(bytes).digest('hex')
    return { ...decoded, bytes, digest, root, places: new TextPlaces(text), notes: notes.all }
  } catch (cause) {
    if (cause instanceof YamlError) throw refusal(file, cause, text ?? bytes)
    throw cause
  }
}

function refusal(file: string, error: YamlError, source: string | Uint8Array): WorkflowError {
  const place =
    error.offset === undefined
      ? undefined
      : new TextPlaces(isBytes(source) ? readablePart(source) : source).at(error.offset)
  const where = place === undefined ? '' : ` at line ${place.line}, column ${place.column}`
  const reason = `${error.message}${where}`
  return new WorkflowError('OPT-EXT-003', `${file} cannot be parsed as YAML: ${reason}`, {
    context: { file, reason, fault: error.message, ...place },
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  })
}

const MESSAGES: Readonly<Record<YamlNote['kind'], (subject: string) => string>> = {
  encoding: (encoding) => `the file is in ${encoding.toUpperCase()}`,
  under_indented: () =>
    'a line of a text in quotes is indented less than its key; YAML 1.2 does not allow that',
  tab: () => 'there is a tab where YAML 1.1 does not allow one; Dify refuses the file',
  duplicate_key: (name) => `the key "${shortened(name)}" occurs twice; the last one counts`,
  anchor: (name) =>
    `the name &${shortened(name)} has other characters than A-Z, digits, "-" and "_"; Dify refuses the file`,
  unfit_value: (value) => `${shortened(value)}, which Dify refuses with the file`,
  unknown_tag: (tag) => `the tag ${shortened(tag)} is not known; Dify refuses the file`,
  control_character: (character) =>
    `there is the character ${character}, which YAML does not allow; Dify refuses the file`,
}

/** What YAML 1.1 does not count as printable, as PyYAML checks it. */
const CONTROL = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ufffd]/

class Notes {
  readonly all: YamlNote[] = []
  readonly #counts = new Map<YamlNote['kind'], number>()

  add(kind: YamlNote['kind'], offset: number, subject = ''): void {
    const count = this.#counts.get(kind) ?? 0
    if (count === NOTES_MAX) return
    this.#counts.set(kind, count + 1)
    this.all.push({ kind, message: MESSAGES[kind](subject), offset })
  }

  /** Only the first: Dify refuses the file for it. */
  addControls(text: string): void {
    const found = CONTROL.exec(text)
    if (found === null) return
    const code = text.charCodeAt(found.index).toString(16).toUpperCase().padStart(4, '0')
    this.add('control_character', found.index, `U+${code}`)
  }
}
