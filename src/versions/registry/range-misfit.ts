import { shown } from '../../base/options.js'
import { characterAt } from './label-name.js'

/** One comparator of a range: an operator, and one to three numbers or wildcards, three with a pre-release. */
const OPERATOR = /(?:[~^]|[<>]=?|=)?/y
const PART = /0|[1-9][0-9]*|[xX*]/y
/** After a wildcard there are only wildcards. */
const WILDCARD = /[xX*]/y
const PRERELEASE = /-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*/y

/**
 * Where a text is not a range: `: "%", character 3, does not fit`. Empty for a text in the form of a range, which
 * `semver` may still refuse.
 */
export function misfitInRange(text: string): string {
  if (text === '') return ': it is empty'
  const index = misfitIndex(text)
  if (index === undefined) return ''
  if (index < text.length) return `: ${characterAt(text, index)}, does not fit`
  const trimmed = text.trimEnd()
  const isBlank = trimmed !== text && misfitIndex(trimmed) === undefined
  return isBlank ? `: ${characterAt(text, trimmed.length)}, does not fit` : ': its end is missing'
}

/** The number of a text in the form of a range that `semver` refuses, since it is not exact; otherwise empty. */
export function highNumberIn(text: string): string {
  const high = text.match(/[0-9]+/g)?.find((digits) => Number(digits) > Number.MAX_SAFE_INTEGER)
  return high === undefined ? '' : `: the number ${shown(high)} is over ${Number.MAX_SAFE_INTEGER}`
}

function misfitIndex(text: string): number | undefined {
  let at = 0
  for (;;) {
    const end = comparatorEnd(text, at)
    if (typeof end !== 'number') return end.misfit
    at = end
    if (at === text.length) return undefined
    const separator = /[ ]+-[ ]+|[ ]*\|\|[ ]*|[ ]+/y
    at = matchEnd(separator, text, at) ?? at
    if (at === end) return at
  }
}

/** The end of the comparator that begins at an index, or where it does not fit. */
function comparatorEnd(text: string, start: number): number | { readonly misfit: number } {
  let at = matchEnd(OPERATOR, text, start) ?? start
  if (at > start) at = matchEnd(/[ ]+/y, text, at) ?? at
  let pattern = PART
  for (let part = 0; part < 3; part++) {
    const end = matchEnd(pattern, text, at)
    if (end === undefined) return { misfit: at }
    if (!/[0-9]/.test(text.charAt(at))) pattern = WILDCARD
    at = end
    if (part === 2) return matchEnd(PRERELEASE, text, at) ?? at
    if (text[at] !== '.') return at
    at++
  }
  return at
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  const [found] = pattern.exec(text) ?? []
  return found === undefined ? undefined : at + found.length
}
