import { encodeText, isWellFormedText } from '../file/encoding.js'
import type { ParsedYaml } from '../file/parsed-yaml.js'
import { isReadTheSame } from '../file/second-reading.js'
import { writeQuoted, writeScalar, type WrittenScalar } from '../file/write-scalar.js'
import { YamlError } from '../file/yaml-cursor.js'
import { readYaml } from '../file/yaml-reader.js'
import type { ScalarStyle } from '../file/yaml-scalars.js'
import { nodeAt, pointerStep, type YamlNode, type YamlScalar } from '../file/yaml-tree.js'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { WorkflowError } from '../workflow-error.js'
import { type DifyFile, parsedYamlOf } from './dify-file.js'

/** A file with other texts. */
export interface EditedFile {
  readonly bytes: Uint8Array
  /** In the order of the file; a text that is the present one is not among them. */
  readonly edits: readonly TextEdit[]
  /**
   * Whether a second parser, which follows YAML 1.2, read the result to the same texts. 'refused' if it does not read
   * the original file, or not as Dify does: then only the reader of this package has checked the result.
   */
  readonly second_reading: 'same' | 'refused' | 'not_needed'
}

/** One scalar that was replaced. */
export interface TextEdit {
  readonly pointer: string
  readonly style_before: ScalarStyle
  /** The same, unless the text cannot be written in it: then 'double'. */
  readonly style: ScalarStyle
}

/**
 * The bytes of a file with some of its scalars replaced. Only those scalars change, and each keeps its style where the
 * new text permits it; without a change, the bytes are those of the file. The result is parsed again, and is returned
 * only if everything else has kept its value.
 *
 * @param changes new texts by the JSON pointer of the scalar (`CarriedText.pointer`)
 * @throws WorkflowError OPT-PATCH-010 if a pointer leads to no text, if the text cannot be written as bytes, or if the
 * edit would change something else, as with a scalar that is used by aliases; TypeError for wrong arguments
 */
export function replaceTexts(file: DifyFile, changes: ReadonlyMap<string, string>): Uint8Array {
  return editTexts(file, changes).bytes
}

/** Like `replaceTexts`, with what was done. */
export function editTexts(file: DifyFile, changes: ReadonlyMap<string, string>): EditedFile {
  checkChanges(changes)
  const parsed = parsedYamlOf(file)
  const targets = Array.from(changes).flatMap(([pointer, text]) =>
    targetOf(pointer, text, parsed, file),
  )
  if (targets.length === 0)
    return { bytes: Uint8Array.from(parsed.bytes), edits: [], second_reading: 'not_needed' }
  targets.sort((a, b) => placeOf(a) - placeOf(b))
  const isComparable = isReadTwice(parsed)
  const wanted = new Map(targets.map(({ pointer, text }) => [pointer, text]))
  let reason = ''
  for (const write of [writeScalar, writeQuoted]) {
    const written = targets.map(({ scalar, text }) => write(parsed.text, scalar, text))
    const text = applied(parsed.text, written)
    const wrong = fault(text, { root: parsed.root, wanted, isComparable })
    if (wrong === undefined)
      return {
        bytes: encodeText(text, parsed.encoding),
        edits: targets.map((target, at) => editOf(target, written[at])),
        second_reading: isComparable ? 'same' : 'refused',
      }
    reason = wrong
  }
  throw refusal(file, targets[0]?.pointer ?? '', reason)
}

const readTwice = new WeakMap<ParsedYaml, boolean>()

/** Whether the second parser reads the original file, and to the same. */
function isReadTwice(parsed: ParsedYaml): boolean {
  const known = readTwice.get(parsed)
  if (known !== undefined) return known
  const isSame = isReadTheSame(parsed.text, parsed.root) === true
  readTwice.set(parsed, isSame)
  return isSame
}

interface Target {
  readonly pointer: string
  readonly text: string
  readonly scalar: YamlScalar
}

function checkChanges(changes: unknown): asserts changes is ReadonlyMap<string, string> {
  const entries = changes as ReadonlyMap<unknown, unknown> | undefined
  if (typeof entries?.entries !== 'function' || typeof entries.size !== 'number')
    throw wrongArgument(
      `Argument "changes" must be a Map of pointers to texts, got ${shown(changes)}`,
    )
  for (const [pointer, text] of entries.entries())
    if (typeof pointer !== 'string' || typeof text !== 'string')
      throw wrongArgument(
        `Argument "changes" must be a Map of pointers to texts, got ${shown(text)} for ${shown(pointer)}`,
      )
}

/** Empty for a text that is there already. */
function targetOf(pointer: string, text: string, { root }: ParsedYaml, file: DifyFile): Target[] {
  const scalar = nodeAt(root, pointer)
  if (scalar?.kind !== 'scalar' || (scalar.type !== 'str' && scalar.type !== 'null'))
    throw refusal(file, pointer, 'there is no text in the file')
  if (!isWellFormedText(text)) throw refusal(file, pointer, 'the new text has half a character')
  return scalar.text === text ? [] : [{ pointer, text, scalar }]
}

function placeOf({ scalar }: Target): number {
  return (scalar.alias ?? scalar).start
}

function applied(source: string, written: readonly WrittenScalar[]): string {
  let [result, at] = ['', 0]
  for (const { range, characters } of written) {
    // Two pointers to one scalar: the second is found to be wrong when the result is parsed.
    if (range.start < at) continue
    result += source.slice(at, range.start) + characters
    at = range.end
  }
  return result + source.slice(at)
}

interface Wanted {
  readonly root: YamlNode
  readonly wanted: ReadonlyMap<string, string>
  readonly isComparable: boolean
}

/** What is wrong with an edited text; undefined if nothing is. */
function fault(text: string, { root, wanted, isComparable }: Wanted): string | undefined {
  let edited: YamlNode
  try {
    edited = readYaml(text, () => undefined)
  } catch (error) {
    if (error instanceof YamlError) return `the file could no longer be read: ${error.message}`
    throw error
  }
  const place = firstDifference(root, edited, wanted, '')
  if (place !== undefined) return `the edit would also change ${place === '' ? 'the whole' : place}`
  if (isComparable && isReadTheSame(text, edited) !== true)
    return 'a second parser would read the edited file in another way'
  return undefined
}

/** The pointer of the first node that is not as it should be. */
function firstDifference(
  before: YamlNode,
  after: YamlNode,
  wanted: ReadonlyMap<string, string>,
  pointer: string,
): string | undefined {
  if (before.kind === 'scalar' || after.kind === 'scalar')
    return isAsWanted(before, after, wanted.get(pointer)) ? undefined : pointer
  const [old, now] = [childrenOf(before), childrenOf(after)]
  if (before.kind !== after.kind || old.length !== now.length) return pointer
  for (const [at, [step, child]] of old.entries()) {
    const [name, other] = now[at] ?? []
    if (name !== step || other === undefined) return pointer
    const found = firstDifference(child, other, wanted, pointer + pointerStep(step))
    if (found !== undefined) return found
  }
  return undefined
}

function isAsWanted(before: YamlNode, after: YamlNode, text: string | undefined): boolean {
  if (before.kind !== 'scalar' || after.kind !== 'scalar') return false
  if (text !== undefined) return after.type === 'str' && after.text === text
  return before.type === after.type && before.text === after.text
}

function childrenOf(node: YamlNode): readonly (readonly [string | number, YamlNode])[] {
  if (node.kind === 'scalar') return []
  return node.kind === 'map' ? [...node.entries] : [...node.items.entries()]
}

function editOf({ pointer, scalar }: Target, written: WrittenScalar | undefined): TextEdit {
  return { pointer, style_before: scalar.style, style: written?.style ?? scalar.style }
}

function refusal(file: DifyFile, pointer: string, reason: string): WorkflowError {
  return new WorkflowError(
    'OPT-PATCH-010',
    `${file.file} cannot be changed at ${pointer === '' ? 'the top' : pointer}: ${reason}`,
    { context: { file: file.file, pointer, reason } },
  )
}
