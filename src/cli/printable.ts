/**
 * A text as it may be shown on a terminal: control characters, direction marks and lone surrogates become escapes, so
 * that a stored id can neither move the cursor nor pretend to be another one.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
}
