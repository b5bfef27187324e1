import { createReadStream, fstatSync, statSync, writeSync } from 'node:fs'
import { devNull } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { codeOf, isError } from '../base/values.js'
import { DiskError } from '../disk/disk-error.js'
import { readInputFile, type InputFileOptions } from '../disk/input-files.js'
import { VERSION_FILE_BYTES_MAX } from '../document/version-file.js'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'
import { printable } from './printable.js'

/** Reads a file of the user, or standard input for `-`, up to the size of a version file. */
export async function readInput(
  environment: Environment,
  file: string,
  options?: InputFileOptions,
): Promise<Uint8Array> {
  if (file === '-') return await readStandardInput(environment)
  try {
    return await readInputFile(file, VERSION_FILE_BYTES_MAX, options)
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** The bytes of a file of the user, or of standard input for `-`, as they arrive. @throws CliError CLI-INPUT-001 */
export async function* inputChunks(
  { stdin, signal }: Environment,
  file: string,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted()
  const stream = file === '-' ? checkedStandardInput(stdin) : createReadStream(file)
  const stop = (): void => {
    stream.destroy(signal.reason as Error)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of stream) yield Buffer.from(chunk as Uint8Array | string)
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** The error for a path of the user that cannot be read; other errors are returned unchanged. */
export function unreadable(file: string, error: unknown): unknown {
  const errno = codeOf(error)
  if (errno === undefined || !isError(error) || !('syscall' in error)) return error
  const name = file === '-' ? 'standard input' : file
  return new CliError('CLI-INPUT-001', `${name} cannot be read: ${REASONS[errno] ?? errno}`, {
    context: { file, errno },
    cause: error,
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EBADF: 'it is closed, or not open for reading',
  ECONNRESET: 'the other end broke the connection off',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOTDIR: 'a part of its path is not a directory',
  EPERM: 'the system does not permit it',
  EINVAL: 'it is not a regular file',
  ENOTSUP: 'it is not a file, a terminal, a pipe or a stream socket',
  EFBIG: `it is larger than ${VERSION_FILE_BYTES_MAX} bytes`,
}

/**
 * Node replaces a standard input that it cannot read with an empty stream, which would replace a stored file with an
 * empty one.
 */
function checkedStandardInput(stdin: Environment['stdin']): Environment['stdin'] {
  const { fd } = stdin as { readonly fd?: unknown }
  if (typeof fd !== 'number') return stdin
  const stats = fstatSync(fd)
  if (stats.isDirectory()) throw notReadable('EISDIR')
  // The streams that Node reads, files and sockets, count their bytes; the empty stream does not.
  if (!('bytesRead' in stdin)) throw notReadable('ENOTSUP')
  if (stats.isCharacterDevice() && stats.rdev === statSync(devNull).rdev && isWritable(fd))
    throw notReadable('EBADF')
  return stdin
}

/** Node opens the null device for reading and writing if a process starts without standard input. */
function isWritable(fd: number): boolean {
  try {
    writeSync(fd, Buffer.alloc(0))
    return true
  } catch (error) {
    if (codeOf(error) === 'EBADF') return false
    throw error
  }
}

function notReadable(errno: string): unknown {
  return unreadable('-', new DiskError(errno, 'read', 'standard input'))
}

async function readStandardInput(environment: Environment): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of inputChunks(environment, '-')) {
    bytes += chunk.byteLength
    if (bytes > VERSION_FILE_BYTES_MAX) throw notReadable('EFBIG')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Asks before something is destroyed. Without a terminal, `--yes` is required in the command line: a script must not
 * hang on a question, nor answer it by chance.
 */
export async function confirm(environment: Environment, question: string): Promise<boolean> {
  const { stdin, stderr, signal } = environment
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new CliError('CLI-USAGE-001', 'Not asked on a terminal: pass --yes to go ahead')
  }
  const dialogue = createInterface({ input: stdin, output: stderr })
  const closed = new Promise<string>((resolve) => dialogue.once('close', () => resolve('')))
  // The dialogue puts the terminal into raw mode, where Ctrl-C is a key and not a signal.
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
