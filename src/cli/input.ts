import { DiskError } from '../disk/disk-error.js'
import { readInputFile, type InputFileOptions } from '../disk/input-files.js'
import { VERSION_FILE_BYTES_MAX } from '../document/version-file.js'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'

/** Reads a file of the user's, or standard input for `-`. Nothing larger than a version file can be one. */
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

/** The error for a path of the user's that cannot be read; everything else passes as it is. */
export function unreadable(file: string, error: unknown): unknown {
  if (!(error instanceof DiskError)) return error
  const reason = REASONS[error.code] ?? error.code
  return new CliError('CLI-INPUT-001', `${file} cannot be read: ${reason}`, {
    context: { file, errno: error.code },
    cause: error,
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  EINVAL: 'it is not a regular file',
  EFBIG: `it is larger than ${VERSION_FILE_BYTES_MAX} bytes`,
}

async function readStandardInput({ stdin, signal }: Environment): Promise<Uint8Array> {
  const stop = (): void => {
    stdin.destroy(signal.reason as Error)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await collect(stdin)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function collect(stdin: AsyncIterable<Buffer | string>): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.byteLength
    if (bytes > VERSION_FILE_BYTES_MAX) {
      throw unreadable('-', new DiskError('EFBIG', 'read', '-'))
    }
    chunks.push(buffer)
  }
  return Buffer.concat(chunks)
}
