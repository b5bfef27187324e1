import { nextTurn, nowText } from '../../base/clock.js'
import { INDEX_BYTES_MAX } from './index-file.js'
import { INDEX_FILE } from '../../document/store-names.js'
import type { DurableDirectory } from '../../engine/durable-directory.js'
import { publish } from '../../base/channels.js'
import { encodeIndexChunks, type StampOf } from './index-file.js'
import type { VersionIndex } from '../version-index.js'

/** A file that cannot be read is no better than none: what is derived can be derived again. */
export async function readIndexFile({
  path,
  volume,
}: DurableDirectory): Promise<Uint8Array | undefined> {
  try {
    return await volume.read(INDEX_FILE, INDEX_BYTES_MAX)
  } catch (error) {
    publish('background-error', () => ({ directory: path, stage: 'index', error }))
    return undefined
  }
}

/** Writes the index's file, piece by piece, so that the event loop is never held up for long. */
export async function writeIndexFile(
  { volume }: DurableDirectory,
  index: VersionIndex,
  lsn: number,
  stampOf: StampOf,
): Promise<void> {
  const chunks: Buffer[] = []
  const facts = { lsn, lastUpdated: nowText() }
  for (const chunk of encodeIndexChunks(index, facts, stampOf)) {
    chunks.push(Buffer.from(chunk))
    await nextTurn()
  }
  await volume.write(INDEX_FILE, Buffer.concat(chunks), { replace: true, flush: true })
}
