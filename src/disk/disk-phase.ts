/**
 * Where a disk operation failed: decisions about a failure depend on its phase and its `DiskReason`, never on the name
 * of a system call. native/core/status.h has those that C++ knows, by the same names.
 */
export const DISK_PHASES = [
  /** A system call, or a part of a commit, that no other phase names. */
  'call',
  /** A call that changes nothing. */
  'read',
  /** The call has not begun: all threads are busy. */
  'pool',
  'lock',
  /** A file to be written in place was examined, and must not be touched. */
  'inspect',
  /** The file system was probed for what the disk promises. */
  'probe',
  /** Which process has the store. */
  'owner',
  /** The whole of a commit: its outcome is not known from here. */
  'commit',
  /** New files of a transaction were written where no reader sees them. */
  'stage',
  /** A condition of a transaction did not hold. */
  'check',
  /** A frame was written to the journal. */
  'append',
  /** That frame was flushed: the commit point. */
  'frame_flush',
  /** Anything else was flushed. */
  'flush',
  /** A file was given its name, by a link or a rename. */
  'name',
  /** A transaction is in the journal and half published: only the journal can finish it. */
  'publish',
] as const

export type DiskPhase = (typeof DISK_PHASES)[number]

export function isDiskPhase(value: unknown): value is DiskPhase {
  return (DISK_PHASES as readonly unknown[]).includes(value)
}

/** What was called, for error messages; its phase; and how long it may take beyond the deadline of its volume. */
export interface CallName {
  /** For people: no decision depends on it. */
  readonly syscall: string
  readonly path: string
  readonly phase: DiskPhase
  readonly extraTimeoutMs?: number
}
