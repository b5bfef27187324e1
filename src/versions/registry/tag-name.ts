import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'

/** Longest tag, in UTF-16 units. */
export const TAG_LENGTH_MAX = 63

const TAG = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._:/@+-]*[\p{L}\p{M}\p{N}])?$/u

/**
 * Tags describe a version, and any number of versions can have the same one: letters and digits of any script, and
 * between them also blanks and `. _ : / @ + -`; 1 to 63 characters.
 *
 * @param where the name of the argument in the error
 * @throws TypeError for anything else
 */
export function checkTag(value: unknown, where = 'tag'): asserts value is string {
  if (typeof value === 'string' && value.length <= TAG_LENGTH_MAX && TAG.test(value)) return
  throw wrongArgument(
    `Argument "${where}" must be a tag: letters and digits, between them also blanks and . _ : / @ + -, at most ${TAG_LENGTH_MAX} characters, got ${shown(value)}`,
  )
}
