import { createHash, randomBytes } from 'node:crypto'
import { wrongArgument } from '../../base/misuse.js'
import { isBytes, kindOf } from '../../base/values.js'
import type { NewFile, Volume } from '../../disk/disk.js'
import { stagedPath, TEMPORARY_DIRECTORY } from '../../format/layout.js'
import { publish } from '../../base/channels.js'
import type { OpenParts } from '../opening/open-directory.js'
import { StagedFile } from './staged-file.js'

/** Smaller pieces are put together: each write is a hop. */
const WRITE_BYTES = 256 * 1024

/** Writes a stream to a new private file, in constant memory, and flushes it. Nothing is left of one that fails. */
export async function stageStream(
  { volume, retries }: Pick<OpenParts, 'volume' | 'retries'>,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<StagedFile> {
  const { path, file } = await retries.again(
    'stage',
    TEMPORARY_DIRECTORY,
    async () => await createStaged(volume),
    { release: ({ file: late }) => void late.close() },
  )
  try {
    const { bytes, digest } = await writeAll(file, source)
    await file.flush()
    await file.close()
    // The name too: the frame that tells of it must find it.
    await volume.flushMany([], [TEMPORARY_DIRECTORY])
    return new StagedFile(volume, path, bytes, digest)
  } catch (error) {
    await file.close()
    await removeStaged(volume, path)
    throw error
  }
}

/** Under a name of its own each time. What has been taken from the source cannot be had again: from here on nothing is repeated. */
async function createStaged(
  volume: Volume,
): Promise<{ readonly path: string; readonly file: NewFile }> {
  const path = stagedPath(volume.sign, randomBytes(8).toString('hex'))
  return { path, file: await volume.createFile(path) }
}

/** A name that will not go is announced: the next open sweeps it away. */
export async function removeStaged(volume: Volume, path: string): Promise<void> {
  try {
    await volume.remove(path)
  } catch (error) {
    publish('background-error', () => ({ directory: volume.directory, stage: 'staged', error }))
  }
}

async function writeAll(
  file: NewFile,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ readonly bytes: number; readonly digest: Uint8Array }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of inPieces(source)) {
    hash.update(piece)
    await file.append(piece)
    bytes += piece.length
  }
  return { bytes, digest: hash.digest() }
}

async function* inPieces(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source) {
    if (!isBytes(chunk))
      throw wrongArgument(`A stream of bytes must yield Uint8Arrays, got ${kindOf(chunk)}`)
    waiting.push(chunk)
    bytes += chunk.length
    if (bytes < WRITE_BYTES) continue
    yield joined(waiting)
    waiting = []
    bytes = 0
  }
  if (bytes > 0) yield joined(waiting)
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? (chunks[0] ?? new Uint8Array(0)) : Buffer.concat(chunks)
}
