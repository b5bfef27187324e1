import type { Volume } from '../disk/disk.js'
import { isStorageError } from '../errors.js'
import { storageError, type FailedOperation } from './failure.js'
import { dropStaged, stageLarge, type StagedContents } from './large-contents.js'
import type { StagedFile } from './staged-file.js'
import { recordOf, type Operation } from './transaction.js'
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
  const { volume, segments } = writer.parts
  const given = operations.flatMap(({ staged }) => staged ?? [])
  checkStaged(given, volume)
  // From now on nobody else may use them.
  for (const file of given) file.state = 'sent'
  const staged: StagedContents = new Map()
  let sent = false
  try {
    writer.assertWritable()
    await stageLarge(volume, operations, segments.inlineBytesMax, staged)
    sent = true
    await writer.commit(
      recordOf(operations, staged),
      operations.map(({ kind, path }) => ({ kind, path })),
    )
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

function checkStaged(given: readonly StagedFile[], volume: Volume): void {
  if (given.some((file) => file.volume !== volume))
    throw new TypeError('What one directory has staged cannot be committed to another')
  if (new Set(given).size < given.length)
    throw new TypeError('What was staged can get one name only')
}

function isConflict(error: unknown): boolean {
  return isStorageError(error, 'FS-CONFLICT-001')
}
