import { shellWord } from '../base/shell-word.js'
import type { GlobalOptions } from './global-options.js'
import type { Session } from './session.js'

/** The options that decide which store a command opens, and how. What a store is made with is kept in it. */
const FLAGS = [
  ['dir', '--dir'],
  ['store', '--store'],
  ['config', '--config'],
  ['disk', '--disk'],
  ['portable', '--portable'],
  ['lockTimeoutMs', '--lock-timeout-ms'],
  ['retries', '--retries'],
  ['group', '--group'],
] as const satisfies readonly (readonly [keyof GlobalOptions, string])[]

/**
 * The line of another command for the same store: with the options that this command was given, quoted for the shell,
 * so that it works when it is pasted.
 *
 * @param args the words of the command after its name
 */
export function commandHint(
  { options }: Pick<Session, 'options'>,
  args: readonly string[],
): string {
  const flags = FLAGS.flatMap(([name, flag]) => wordsOf(flag, options[name]))
  return ['holdfast', ...args, ...flags].map((word) => shellWord(word)).join(' ')
}

function wordsOf(flag: string, value: string | number | boolean | undefined): readonly string[] {
  if (value === undefined || value === false) return []
  if (value === true) return [flag]
  // A value that looks like an option is one, unless it is in the same word.
  const text = String(value)
  return text.startsWith('-') ? [`${flag}=${text}`] : [flag, text]
}
