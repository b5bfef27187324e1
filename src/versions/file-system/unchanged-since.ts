import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'

/** Whether no process has changed a file of these prompts after `lsn`; false if that is no longer known. */
export function isUnchangedSince<Version extends VersionDocument>(
  { directory, layout }: OpenStore<Version>,
  lsn: number,
  promptIds: readonly string[],
): boolean {
  if (directory.lsn === lsn) return true
  const changes = directory.changesSince(lsn)
  const isOther = ({ path }: { readonly path: string }): boolean =>
    promptIds.every((promptId) => !layout.isOfPrompt(promptId, path))
  return changes?.every(isOther) === true
}
