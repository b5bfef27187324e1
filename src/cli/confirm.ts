import { createInterface } from 'node:readline/promises'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'
import { printable } from './printable.js'

/**
 * Asks before something is destroyed. Where nobody is there to answer, `--yes` has to stand in the command line: a
 * script must not hang on a question, nor have it answered by chance.
 */
export async function confirm(environment: Environment, question: string): Promise<boolean> {
  const { stdin, stderr, signal } = environment
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new CliError('CLI-USAGE-001', 'Not asked on a terminal: pass --yes to go ahead')
  }
  const dialogue = createInterface({ input: stdin, output: stderr })
  const closed = new Promise<string>((resolve) => dialogue.once('close', () => resolve('')))
  // The dialogue puts the terminal into raw mode, where Ctrl-C is a key and no signal.
  dialogue.on('SIGINT', () => dialogue.close())
  try {
    const answer = await Promise.race([
      dialogue.question(`${printable(question)} [y/N] `, { signal }),
      closed,
    ])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    dialogue.close()
  }
}
