import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { languageOf, type LanguageProfile } from '../analysis/languages.js'
import {
  masked,
  protectedRanges,
  type ProtectedKind,
  type ProtectedRange,
} from './protected-ranges.js'

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
  /** The marks of list items: `-` for each bullet, the number otherwise. */
  readonly list_items: readonly string[]
  /** The texts of these items, from the mark to the end of the line. */
  readonly item_texts: readonly string[]
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
    ...listItems(outside),
    hidden: Array.from(lines.matchAll(HIDDEN), ([character]) => character),
    language: languageOf(masked(lines, ranges)),
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

function listItems(prose: string): Pick<ProtectedParts, 'list_items' | 'item_texts'> {
  const marks = Array.from(prose.matchAll(LIST_ITEM))
  return {
    list_items: marks.map(([, bullet, ...numbers]) =>
      bullet === undefined ? (numbers.find((number) => number !== undefined) ?? '') : '-',
    ),
    item_texts: marks.map(({ 0: mark, index }) => {
      const start = index + mark.length
      const end = prose.indexOf('\n', start)
      return prose.slice(start, end < 0 ? prose.length : end).trim()
    }),
  }
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
