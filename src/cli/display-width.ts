/** Characters that take two columns: CJK, kana, Hangul, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Characters that take none: combining marks and formatting. */
const NARROWLESS = /[\p{Mn}\p{Me}\p{Cf}]/u

/** How many terminal columns a text without control characters takes. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Cuts a text into lines of at most `width` columns: after a blank, else anywhere, since ids have none. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const character of text) {
    const next = characterWidth(character)
    if (used + next > width && line !== '') {
      const end = character === ' ' ? line.length : line.lastIndexOf(' ') + 1 || line.length
      lines.push(line.slice(0, end).trimEnd())
      line = line.slice(end)
      used = displayWidth(line)
      // The blank at which the line is broken is not shown.
      if (character === ' ' && line === '') continue
    }
    line += character
    used += next
  }
  return [...lines, line]
}

function characterWidth(character: string): number {
  if (WIDE.test(character)) return 2
  return NARROWLESS.test(character) ? 0 : 1
}
