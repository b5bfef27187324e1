import type { StoredFile } from '../backend.js'
import { DELETED, documentDigest, type OutboxEntry } from './outbox-entry.js'

/**
 * Whether somebody else has changed the cloud's file after the local change. What was there when the local change was
 * made is none, nor is what an earlier attempt of ours has put there. Where neither is known, the time in the cloud's
 * document decides, by the clock of whoever stored it.
 */
export function isConflict(entry: OutboxEntry, now: StoredFile | undefined): boolean {
  const { base, superseded, since_ms } = entry
  if (now === undefined) return base.kind === 'file' && !superseded.includes(DELETED)
  if (base.kind === 'file' && base.etag === now.etag) return false
  if (superseded.includes(documentDigest(now.document))) return false
  return Date.parse(now.document.updated_at) > since_ms
}

/** The name under which `keep-both` keeps a local file: the same each time the same file is replayed. */
export function conflictKey(key: string, file: StoredFile): string {
  return `${key}.conflict-${documentDigest(file.document).slice(0, 12)}`
}
