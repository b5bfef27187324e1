import { parseJson, withoutByteOrderMark, type JsonValue } from '../document/json.js'
import { isErrorNamed } from '../base/values.js'
import { refused, type Fault } from './item.js'

/** The value of a JSON text, frozen, or what is wrong with the text. */
export function parseJsonText(
  text: string,
): { readonly kind: 'value'; readonly value: JsonValue } | Fault {
  try {
    return { kind: 'value', value: parseJson(withoutByteOrderMark(Buffer.from(text))) }
  } catch (error) {
    if (!isErrorNamed(error, 'FormatError')) throw error
    const line = isErrorNamed(error.cause, 'SyntaxError')
      ? lineOfSyntaxError(text, error.cause.message)
      : undefined
    return refused(`it is ${error.message}`, line)
  }
}

/** Engines name the place in their own ways, or not at all. */
function lineOfSyntaxError(text: string, message: string): number | undefined {
  const [, position] = /at position (\d+)/.exec(message) ?? []
  if (position !== undefined) return lineAt(text, Number(position))
  return /end of JSON input/.test(message) ? lineAt(text, text.length) : undefined
}

/** The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  return linesOf(text)(offset)
}

/** Finds the lines of many offsets. */
export function linesOf(text: string): (offset: number) => number {
  const ends: number[] = []
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at)
  return (offset) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

/**
 * The lines on which the elements of an array begin, in a text that is JSON.
 * @param key of the array in the outermost object; undefined where the text itself is an array
 */
export function linesOfElements(text: string, key?: string): readonly number[] {
  const inside = key === undefined ? 1 : 2
  const lines: number[] = []
  let [depth, line] = [0, 1]
  let [isWanted, isElementNext] = [key === undefined, false]
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\n') line++
    if (BLANK.has(character)) continue
    if (isElementNext && character !== ']') lines.push(line)
    isElementNext = false
    if (character === '"') {
      const end = endOfText(text, at)
      if (depth === 1 && key !== undefined) isWanted = text.slice(at + 1, end) === key
      at = end
    } else if (character === '{' || character === '[') {
      depth++
      isElementNext = character === '[' && isWanted && depth === inside
    } else if (character === '}' || character === ']') depth--
    else if (character === ',' && depth === inside) isElementNext = isWanted
    if (depth < inside && lines.length > 0) return lines
  }
  return lines
}

const BLANK = new Set([' ', '\t', '\r', '\n', '\uFEFF'])

/** The index of the quote that ends the text that begins at `start`. A line end is never in it. */
function endOfText(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
