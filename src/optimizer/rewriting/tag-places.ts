import type { ProtectedRange } from './protected-ranges.js'

/** An element: a tag, the one that closes it, and what is between them. */
interface Element {
  readonly name: string
  readonly start: number
  readonly end: number
}

const TAG_NAME = /^<(\/?)([^\s/>!?|]{1,200})/

/**
 * Which tags each part of a text is between, from the outermost one: `context/part {{name}}`. Tags that nothing closes
 * are around nothing. Sorted: a part may be anywhere within its tags.
 *
 * @param ranges those of the text, ordered by their start
 */
export function tagPlaces(text: string, ranges: readonly ProtectedRange[]): readonly string[] {
  const elements = elementsOf(text, ranges)
  const open: Element[] = []
  let next = 0
  return ranges
    .filter(({ kind }) => PLACED.has(kind))
    .map(({ start, end }) => {
      for (; (elements[next]?.start ?? Infinity) <= start; next++) {
        const element = elements[next]
        if (element !== undefined) open.push(element)
      }
      while (open.length > 0 && (open.at(-1)?.end ?? 0) <= start) open.pop()
      const around = open.filter((element) => element.end >= end).map(({ name }) => name)
      return `${around.join('/')} ${text.slice(start, end)}`
    })
    .sort()
}

/** Whether a part keeps its place. What is said about code between backticks may be anywhere. */
const PLACED: ReadonlySet<string> = new Set(['placeholder', 'code', 'url', 'json'])

/** Each closing tag with the nearest open one of its name. Ordered by their start. */
function elementsOf(text: string, ranges: readonly ProtectedRange[]): readonly Element[] {
  const open: { readonly name: string; readonly start: number }[] = []
  const found: Element[] = []
  for (const { kind, start, end } of ranges) {
    if (kind !== 'tag') continue
    const [, slash, name = ''] = TAG_NAME.exec(text.slice(start, end)) ?? []
    if (slash === undefined || text.startsWith('/>', end - 2)) continue
    if (slash === '') {
      open.push({ name, start })
      continue
    }
    const at = open.findLastIndex((each) => each.name === name)
    const opening = open[at]
    if (opening === undefined) continue
    open.length = at
    found.push({ name, start: opening.start, end: start })
  }
  return found.sort((left, right) => left.start - right.start)
}
