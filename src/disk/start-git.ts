import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { environmentVariables } from '../base/this-process.js'
import { DiskError } from './disk-error.js'
import { errorCode } from './node-error.js'

/** How `git` ended. */
export interface GitEnd {
  /** Its exit status; null if a signal ended it. */
  readonly status: number | null
  /** What it wrote to standard error. */
  readonly message: string
}

/** A `git` that runs. */
export interface RunningGit {
  /** Its standard output. */
  readonly output: Readable
  /** Rejects with DiskError if it cannot be started: ENOENT if it is not installed. */
  readonly ended: Promise<GitEnd>
  /** Ends it if it still runs. */
  readonly stop: () => void
}

/** What it writes to standard error is kept up to this length. */
const MESSAGE_LENGTH_MAX = 16 * 1024

/**
 * Starts the program `git` in a directory, without a shell.
 * @param input its standard input, which is read as fast as the program takes it
 */
export function startGit(
  directory: string,
  args: readonly string[],
  input: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array> = [],
): RunningGit {
  // -C and not the working directory of the process: a directory that is missing would look like a missing program.
  const child = spawn('git', ['-C', directory, ...args], {
    env: gitEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  })
  let message = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (message.length < MESSAGE_LENGTH_MAX) message += text
  })
  const ended = new Promise<GitEnd>((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new DiskError(errorCode(cause) ?? 'EIO', 'spawn', 'git', { cause }))
    })
    child.once('close', (status) => {
      resolve({ status, message: message.trim() })
    })
  })
  // Whether it is awaited or not, a failure to start must not end the process.
  ended.catch(() => undefined)
  // A program that ends early does not read the rest: its exit status says why.
  child.stdin.on('error', () => undefined)
  const source = Readable.from(input, { objectMode: false })
  source.on('error', (error) => child.stdin.destroy(error)).pipe(child.stdin)
  return { output: child.stdout, ended, stop: () => void child.kill() }
}

/** Those that name a repository would lead to another one, as in a hook, and a language would translate messages. */
const LEFT_OUT =
  /^(GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|PREFIX|ALTERNATE_OBJECT_DIRECTORIES)|LC_.*|LANGUAGE)$/

function gitEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(environmentVariables()).filter(([name]) => !LEFT_OUT.test(name))
  return { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' }
}
