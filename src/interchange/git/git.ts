import { codeOf } from '../../base/values.js'
import { startGit } from '../../disk/start-git.js'
import { InterchangeError } from '../interchange-error.js'

type Input = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/**
 * Runs `git` in a directory and returns what it prints, in chunks.
 * @throws InterchangeError OPT-FORMAT-003 if it is missing or fails
 */
export async function* runGit(
  directory: string,
  args: readonly string[],
  input?: Input,
): AsyncGenerator<Buffer> {
  const running = startGit(directory, args, input)
  try {
    for await (const chunk of running.output) yield chunk as Buffer
    const { status, message } = await ended(running.ended)
    if (status !== 0) throw failure(args, `ended with ${status ?? 'a signal'}: ${message}`)
  } finally {
    running.stop()
  }
}

/** As `runGit`, all of the output as text. */
export async function gitText(
  directory: string,
  args: readonly string[],
  input?: Input,
): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of runGit(directory, args, input)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function ended<End>(ending: Promise<End>): Promise<End> {
  try {
    return await ending
  } catch (cause) {
    const why =
      codeOf(cause) === 'ENOENT'
        ? 'The program git is not installed, or not on the PATH: install it from https://git-scm.com'
        : `The program git cannot be started: ${codeOf(cause) ?? 'for an unknown reason'}`
    throw new InterchangeError('OPT-FORMAT-003', why, { cause })
  }
}

function failure(args: readonly string[], what: string): InterchangeError {
  const command = args.find((arg) => !arg.startsWith('-')) ?? ''
  return new InterchangeError('OPT-FORMAT-003', `git ${command} ${what}`, { context: { command } })
}
