/** What no shell reads as more than itself. On Windows, `\` is the separator of paths. */
const PLAIN = { posix: /^[\w@%+=:,./-]+$/, windows: /^[\w@+=:,./\\~-]+$/ } as const

/**
 * A text as one word of a command line: it can be pasted into `sh` and what is like it, or, on Windows, into `cmd` and
 * PowerShell. There, a text with a `"` in it cannot be written for both; paths have none.
 *
 * @param platform that of the shell; this one's by default
 */
export function shellWord(text: string, platform: NodeJS.Platform = process.platform): string {
  const isWindows = platform === 'win32'
  if (PLAIN[isWindows ? 'windows' : 'posix'].test(text)) return text
  // Before the closing quote, a program would read `\"` as a quote of the text.
  if (isWindows) return `"${text}${'\\'.repeat(backslashesAtEnd(text))}"`
  return `'${text.replaceAll("'", "'\\''")}'`
}

function backslashesAtEnd(text: string): number {
  let count = 0
  while (text.at(-1 - count) === '\\') count++
  return count
}
