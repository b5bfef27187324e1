/**
 * Characters that must not reach a terminal: they could move the cursor, reverse the direction of what follows, or make
 * two names look the same. They leave the command only as escapes, and only this file makes those.
 */

/** In names and messages: controls, direction marks, and all characters without a width, ZWJ and tags too. */
const UNSAFE_IN_NAMES = /[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** In contents, joiners and selectors have a meaning, as in Persian and in emoji. Line feed and tab are layout. */
const UNSAFE_IN_CONTENTS = /(?!\r\n|[\n\t])[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** A name, or a message with names in it, on one line. */
export function printable(text: string): string {
  return text.replace(UNSAFE_IN_NAMES, escaped)
}

/** As `printable`, for texts of several lines, such as a stack. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** Stored content as it is shown on a terminal. */
export function printableContent(text: string): string {
  return text.replace(UNSAFE_IN_CONTENTS, escaped)
}

/** The JSON text of a value: parsing it returns the same value, whatever characters that contains. */
export function printableJson(value: unknown, indent = 2): string {
  const text = JSON.stringify(value, undefined, indent)
  // The line feeds here are those between the fields: JSON has escaped those in strings.
  return text.replace(UNSAFE_IN_NAMES, (character) =>
    character === '\n' ? character : character.split('').map(escaped).join(''),
  )
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const digits = code.toString(16)
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`
}
