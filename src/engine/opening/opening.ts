import type { LostFile } from '../../base/channels.js'
import { StorageError } from '../../base/errors.js'

/** `option`: it was requested. `mount`: its file system takes no writes. `no-space`: recovery had none. */
export type ReadOnlyBecause = 'option' | 'mount' | 'no-space'

/** What was found when a store was opened. */
export interface Opening {
  /** Why nothing can be written, since the store was opened. */
  readonly readOnlyBecause: ReadOnlyBecause | undefined
  /** What recovery could not restore: on the list of lost files already, unless nothing can be written. */
  readonly lost: readonly LostFile[]
  /** The damage of the journal that was repaired by opening. */
  readonly repaired: StorageError | undefined
  /** This process was alone when it opened: its descriptors are older than every write since the last checkpoint. */
  readonly wasAlone: boolean
}

/** The reason that a refused commit names. */
export const READ_ONLY_REASONS: Readonly<Record<ReadOnlyBecause, string>> = {
  option: 'it was opened with readOnly: true',
  mount: 'its file system is mounted read-only',
  'no-space': 'there was no space to open it for writing; make room and open it again',
}

/** The error of a change of a store that takes none. */
export function takesNoWrites(directory: string, cause: Error): StorageError {
  const message = `The store takes no more writes: ${cause.message}`
  return new StorageError('FS-READONLY-001', message, { cause, context: { path: directory } })
}
