import { isConflict } from '../../base/errors.js'
import { storageError, type FailedOperation } from '../failure.js'
import type { Journal } from '../journal/journal.js'
import { isOutOfSpace } from '../recovery/redo.js'
import { isOfFrame, isPublishing } from './batch.js'
import type { GroupCommit } from './group-commit.js'
import type { StagedContents, StagedFile, Staging } from './staging.js'
import { changesOf, recordOf, removesFiles, type Operation } from './transaction.js'

/**
 * Makes transactions of checked operations. Large contents are staged first; a file that the caller has staged gets its
 * name, or returns to the caller when the transaction was refused.
 */
export class Transactions {
  readonly #journal: Journal
  readonly #commits: GroupCommit
  readonly #staging: Staging

  constructor(journal: Journal, commits: GroupCommit, staging: Staging) {
    this.#journal = journal
    this.#commits = commits
    this.#staging = staging
  }

  /**
   * False if `holds` says, right before the transaction is sent, that what it was made from no longer holds: nothing
   * was done.
   */
  async commit(
    operations: readonly Operation[],
    failed: FailedOperation,
    holds?: () => boolean,
  ): Promise<boolean> {
    const given = operations.flatMap(({ staged }) => staged ?? [])
    this.#staging.check(given)
    // From now on no other call may use them.
    for (const file of given) file.state = 'sent'
    const staged: StagedContents = new Map()
    let sent = false
    let isCommitted: boolean
    try {
      this.#journal.assertWritable()
      await this.#staging.stageLarge(operations, staged, removesFiles(changesOf(operations)))
      sent = true
      isCommitted = await this.#send(recordOf(operations, staged), operations, holds)
    } catch (error) {
      const failure = storageError(error, failed)
      // After any other failure a frame may still name the staged files, and recovery may need them.
      if (!sent || isConflict(failure)) await this.#free(given, staged)
      throw failure
    }
    if (!isCommitted) await this.#free(given, staged)
    else
      for (const file of given) {
        file.state = 'gone'
        this.#staging.forget(file)
      }
    return isCommitted
  }

  /** After a refusal, no frame names what was staged. */
  async #free(given: readonly StagedFile[], staged: StagedContents): Promise<void> {
    for (const file of given) file.state = 'free'
    await this.#staging.drop(staged)
  }

  /**
   * A transaction that makes room must not fail for lack of it, as a move into the trash would: it needs space before
   * it frees some. When refused for lack of space, it left nothing behind and is retried with the space of the reserve.
   */
  async #send(
    record: Uint8Array,
    operations: readonly Operation[],
    holds: (() => boolean) | undefined,
  ): Promise<boolean> {
    const changes = changesOf(operations)
    const paths = operations.map(({ path }) => path)
    try {
      return await this.#commits.commit(record, changes, paths, holds)
    } catch (error) {
      const wasRefused = isOutOfSpace(error) && !isOfFrame(error) && !isPublishing(error)
      if (!wasRefused || !removesFiles(changes)) throw error
      if (!(await this.#journal.releaseReserve())) throw error
      return await this.#commits.commit(record, changes, paths, holds)
    }
  }
}
