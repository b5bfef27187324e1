import { wrongArgument } from '../../base/misuse.js'
import type { Volume } from '../../disk/disk.js'
import { isStorageError } from '../../base/errors.js'
import { storageError, type FailedOperation } from '../failure.js'
import { isOfFrame, isPublishing } from './commit-failure.js'
import { dropStaged, stageLarge, type StagedContents } from './large-contents.js'
import { isOutOfSpace } from '../recovery/redo.js'
import type { StagedFile } from './staged-file.js'
import { recordOf, removesFiles, type Operation } from './transaction.js'
import type { Writer } from './writer.js'

/**
 * Commits checked operations. Large contents are staged first; what the caller has staged goes to its
 * name, or is the caller's again when the transaction was refused.
 */
export async function commitOperations(
  writer: Writer,
  operations: readonly Operation[],
  failed: FailedOperation,
): Promise<void> {
  const { volume } = writer.parts
  const given = operations.flatMap(({ staged }) => staged ?? [])
  checkStaged(given, volume)
  // From now on nobody else may use them.
  for (const file of given) file.state = 'sent'
  const staged: StagedContents = new Map()
  let sent = false
  try {
    writer.assertWritable()
    await stageLarge(writer.parts, operations, staged)
    sent = true
    await send(writer, recordOf(operations, staged), operations)
    for (const file of given) file.state = 'gone'
  } catch (error) {
    const failure = storageError(error, failed)
    // After any other failure a frame may still name what was staged, and recovery may need it.
    if (!sent || isConflict(failure)) {
      for (const file of given) file.state = 'free'
      await dropStaged(volume, staged)
    }
    throw failure
  }
}

/**
 * What makes room must not fail for want of it, as a move into the trash would: it needs some before it gives some. A
 * transaction that was refused for space left nothing behind, and is tried again in that of the reserve.
 */
async function send(
  writer: Writer,
  record: Uint8Array,
  operations: readonly Operation[],
): Promise<void> {
  const changes = operations.map(({ kind, path, tag }) => ({ kind, path, tag }))
  try {
    await writer.commit(record, changes)
  } catch (error) {
    const wasRefused = isOutOfSpace(error) && !isOfFrame(error) && !isPublishing(error)
    if (!wasRefused || !removesFiles(changes)) throw error
    if (!(await writer.parts.segments.releaseReserve())) throw error
    await writer.commit(record, changes)
  }
}

function checkStaged(given: readonly StagedFile[], volume: Volume): void {
  if (given.some((file) => file.volume !== volume))
    throw wrongArgument('What one directory has staged cannot be committed to another')
  if (new Set(given).size < given.length)
    throw wrongArgument('What was staged can get one name only')
}

function isConflict(error: unknown): boolean {
  return isStorageError(error, 'FS-CONFLICT-001')
}
