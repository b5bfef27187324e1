import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { languageOf, type LanguageProfile } from '../analysis/languages.js'
import type { ListItem } from './list-items.js'
import {
  masked,
  protectedRanges,
  type ProtectedKind,
  type ProtectedRange,
} from './protected-ranges.js'
import { tagPlaces } from './tag-places.js'

/** What of a text must survive each rewriting. The lists are multisets in order of appearance. */
export interface ProtectedParts {
  /** Placeholders as they are written, and unpaired braces. */
  readonly placeholder: readonly string[]
  /** Placeholders with a third brace beside them, which is an error in Jinja2 and is shown by Dify. */
  readonly braced: readonly string[]
  /** `{% … %}`, and comments of Jinja2: their order counts. */
  readonly statement: readonly string[]
  /** The placeholders before each statement and behind the last one, sorted: a branch keeps its own. */
  readonly branches: readonly string[]
  /** Blocks of code with their fences. */
  readonly code: readonly string[]
  readonly inline_code: readonly string[]
  readonly url: readonly string[]
  readonly tag: readonly string[]
  readonly json: readonly string[]
  /** Placeholders, blocks of code, addresses and JSON, each with the tags around it. */
  readonly places: readonly string[]
  readonly items: readonly ListItem[]
  /** Characters that cannot be seen, outside of emoji and of scripts that need them. */
  readonly hidden: readonly string[]
  readonly language: LanguageProfile
}

/**
 * What of a text must survive. Line ends do not count: `\r\n` is read as `\n`.
 * @param syntax decides what is a comment
 */
export function protectedParts(text: string, syntax: TextSyntax): ProtectedParts {
  const lines = text.replaceAll('\r\n', '\n')
  const ranges = protectedRanges(lines, syntax)
  const of = (kind: ProtectedKind): readonly string[] =>
    ranges.filter((range) => range.kind === kind).map(({ start, end }) => lines.slice(start, end))
  const outside = masked(
    lines,
    ranges.filter(({ kind }) => kind === 'code'),
  )
  const prose = masked(lines, ranges)
  return {
    placeholder: of('placeholder'),
    braced: ranges.flatMap((range) => bracedIn(lines, range)),
    statement: of('statement'),
    branches: branchesIn(lines, ranges),
    code: of('code'),
    inline_code: of('inline_code'),
    url: of('url'),
    tag: of('tag'),
    json: of('json'),
    places: tagPlaces(lines, ranges),
    items: listItems(outside, prose),
    hidden: Array.from(lines.matchAll(HIDDEN), ([character]) => character),
    language: languageOf(prose),
  }
}

/** The mark at the start of a line of prose that makes it an item of a list. */
export const LIST_ITEM: RegExp =
  /^[ \t]{0,40}(?:([-*+•·●○◦▪])[ \t]+(?=\S)|(\d{1,3})(?:[.)](?!\d)|[、．）])[ \t]{0,8}(?=\S)|[(（](\d{1,3}|[A-Za-z]|[一二三四五六七八九十]{1,3})[)）]|([一二三四五六七八九十]{1,3})[、．.]|([①-⑳])|([０-９]{1,3})[．、.）)]|(\d{1,3}(?:\.\d{1,3}){1,4})[.)][ \t]{1,8}(?=\S)|([A-Za-z])[.)][ \t]+(?=\S))/gm

/**
 * Controls, marks of direction, joiners of words, tags of languages, fillers, selectors of variants, lone surrogates,
 * and what a wrong decoder leaves behind. The two joiners of letters (U+200C, U+200D) belong to emoji and to scripts such as Persian; between Latin
 * letters, digits or Chinese characters they are hidden, too.
 */
const HIDDEN =
  /(?![\n\r\t\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\uFFFD\u115F\u1160\u3164\uFFA0]|[\u{E0100}-\u{E01EF}]|(?<=[\p{Script=Latin}\p{Script=Han}\p{N}])[\u200C\u200D]/gu

/** Both texts have the same offsets: `visible` is without code, `prose` without any protected part. */
function listItems(visible: string, prose: string): readonly ListItem[] {
  return Array.from(visible.matchAll(LIST_ITEM), (match) => {
    const [whole, bullet, ...numbers] = match
    const start = match.index + whole.length
    const next = visible.indexOf('\n', start)
    const end = next < 0 ? visible.length : next
    return {
      mark: bullet === undefined ? (numbers.find((number) => number !== undefined) ?? '') : '-',
      text: visible.slice(start, end).trim(),
      prose: prose.slice(start, end).trim(),
    }
  })
}

function bracedIn(text: string, { kind, start, end }: ProtectedRange): readonly string[] {
  const part = text.slice(start, end)
  const isBraced = text[start - 1] === '{' || text[end] === '}'
  return kind === 'placeholder' && part.startsWith('{{') && isBraced
    ? [text.slice(Math.max(0, start - 1), end + 1)]
    : []
}

function branchesIn(text: string, ranges: readonly ProtectedRange[]): readonly string[] {
  const branches: string[][] = [[]]
  for (const { kind, start, end } of ranges) {
    if (kind === 'statement') branches.push([])
    if (kind === 'placeholder') branches.at(-1)?.push(text.slice(start, end))
  }
  return branches.map((each) => each.sort().join('\n'))
}
