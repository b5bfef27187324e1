import { isDeepStrictEqual } from 'node:util'
import { wrongArgument } from '../../base/misuse.js'
import { isStorageError } from '../../base/errors.js'
import { rejectUnknown, shown } from '../../base/options.js'
import { isAbortSignal } from '../../base/values.js'
import type { VersionDocument } from '../version-storage.js'
import { offersWatch, type AnyChange, type VersionChanges } from '../version-watch.js'

/** Options of `watch` of a registry. */
export interface FollowOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal
}

/** What is followed. */
interface Followed {
  readonly storage: object
  readonly promptId: string
  /** The document that the reference names at the time of the call. */
  readonly read: () => Promise<VersionDocument | undefined>
}

/**
 * What a reference names, now and after each change. Changes are the occasion to read it: what was missed of them, and
 * what came and went in between, makes no difference.
 * @throws TypeError for wrong options, and for a storage that reports no changes
 */
export function follow(
  followed: Followed,
  options: FollowOptions | undefined,
): VersionChanges<VersionDocument | undefined> {
  rejectUnknown(options, ['signal'], 'watch')
  const signal: unknown = options?.signal
  if (signal !== undefined && !isAbortSignal(signal))
    throw wrongArgument(`Option "signal" must be an AbortSignal, got ${shown(signal)}`)
  const { storage, promptId } = followed
  if (!offersWatch(storage))
    throw wrongArgument(
      'The storage reports no changes, which watch needs: FileSystemStorage and InMemoryStorage do, a view of the past does not',
    )
  let changes: VersionChanges<AnyChange> | undefined
  const watching = (): VersionChanges<AnyChange> =>
    (changes ??= storage.watch({ promptId, labels: true, ...options }))
  const documents = documentsOf(watching, followed, options?.signal)
  return {
    next: async () => await documents.next(),
    // A `next` that waits would hold up the end of the generator: it ends with the watch.
    return: async () => {
      await changes?.return()
      await documents.return(undefined)
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* documentsOf(
  watch: () => VersionChanges<AnyChange>,
  { read }: Followed,
  signal: AbortSignal | undefined,
): AsyncGenerator<VersionDocument | undefined, undefined, void> {
  // Before the first read: what changes after it is reported.
  const changes = watch()
  try {
    for (let last: VersionDocument | null | undefined = null; ;) {
      const document = await readOpen(read)
      if (document === CLOSED || signal?.aborted === true) return
      if (document !== last && !isDeepStrictEqual(document, last)) yield (last = document)
      if ((await changes.next()).done === true) return
    }
  } finally {
    await changes.return()
  }
}

const CLOSED = Symbol('closed')

/** Changes that are read after the storage was closed end the iteration, as the end of the changes does. */
async function readOpen(
  read: Followed['read'],
): Promise<VersionDocument | undefined | typeof CLOSED> {
  try {
    return await read()
  } catch (error) {
    if (isStorageError(error, 'FS-CLOSED-001')) return CLOSED
    throw error
  }
}
