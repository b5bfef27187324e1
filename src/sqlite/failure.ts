import { StorageError, type StorageErrorCode } from '../base/errors.js'
import { isError } from '../base/values.js'
import { sqliteCode } from './driver.js'
import type { Failure } from './messages.js'

/** What a call was doing. `commit`: the transaction may be there after a crash. */
export type Phase = 'open' | 'read' | 'begin' | 'write' | 'commit'

interface Meaning {
  readonly code: StorageErrorCode
  readonly text: string
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  SQLITE_FULL: { code: 'FS-IO-001', text: 'the disk is full' },
  SQLITE_IOERR: { code: 'FS-IO-001', text: 'the disk failed' },
  SQLITE_NOMEM: { code: 'FS-IO-001', text: 'there is not enough memory' },
  SQLITE_CORRUPT: { code: 'FS-LOAD-001', text: 'the database is damaged' },
  SQLITE_NOTADB: { code: 'FS-FORMAT-001', text: 'the file is not a SQLite database' },
  SQLITE_BUSY: { code: 'FS-LOCK-001', text: 'another connection kept it locked' },
  SQLITE_LOCKED: { code: 'FS-LOCK-001', text: 'another connection kept it locked' },
  SQLITE_PROTOCOL: { code: 'FS-LOCK-001', text: 'another connection kept it locked' },
  SQLITE_READONLY: { code: 'FS-PERM-001', text: 'the file or its directory cannot be written' },
  SQLITE_PERM: { code: 'FS-PERM-001', text: 'permission was denied' },
  SQLITE_AUTH: { code: 'FS-PERM-001', text: 'permission was denied' },
  SQLITE_CANTOPEN: {
    code: 'FS-IO-001',
    text: 'the file cannot be opened: its directory must exist, and both must be writable',
  },
  SQLITE_TOOBIG: { code: 'FS-SAVE-001', text: 'it is larger than SQLite allows' },
}

const ACTIONS: Readonly<Record<Phase, string>> = {
  open: 'open',
  read: 'read',
  begin: 'write to',
  write: 'write to',
  commit: 'commit to',
}

/** An error of SQLite as data, to be made an error again in another thread. */
export function failureOf(error: unknown, phase: Phase, file: string): Failure {
  const sqlite = sqliteCode(error)
  const cause = { code: sqlite ?? 'ERROR', message: isError(error) ? error.message : String(error) }
  const { code, text } = MEANINGS[cause.code] ?? {
    code: phase === 'read' || phase === 'open' ? 'FS-LOAD-002' : 'FS-SAVE-001',
    text: cause.message,
  }
  // A full disk ends a transaction before its last record is written; after another failure the record may be there.
  const isUnknown = phase === 'commit' && cause.code !== 'SQLITE_FULL'
  return {
    code,
    message: `Cannot ${ACTIONS[phase]} ${file}: ${text}`,
    context: {
      path: file,
      stage: phase,
      error: cause.code,
      ...(isUnknown ? { outcome: 'unknown' } : {}),
    },
    cause,
  }
}

/** The error of a failure. */
export function storageErrorOf({ code, message, context, cause }: Failure): StorageError {
  if (cause === undefined) return new StorageError(code, message, { context })
  return new StorageError(code, message, {
    context,
    cause: Object.assign(new Error(cause.message), { code: cause.code }),
  })
}
