/**
 * Where an operation of the disk failed: what is decided about a failure hangs on its phase and on its `DiskReason`,
 * never on the name of a system call. native/core/status.h has those that C++ knows, by the same names.
 */
export const DISK_PHASES = [
  /** A system call, or a part of a commit, that none of the others names. */
  'call',
  /** A call that changes nothing. */
  'read',
  /** It has not begun: all threads are taken. */
  'pool',
  'lock',
  /** A file was looked at that is to be written in place, and is not to be touched. */
  'inspect',
  /** Whether the file system can keep what the disk promises was tried. */
  'probe',
  /** Which process has the store. */
  'owner',
  /** The whole of a commit: what it has come to is not known from here. */
  'commit',
  /** New files of a transaction were written where nobody sees them. */
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
  /** A transaction is in the journal and half published: the journal alone can finish it. */
  'publish',
] as const

export type DiskPhase = (typeof DISK_PHASES)[number]

export function isDiskPhase(value: unknown): value is DiskPhase {
  return (DISK_PHASES as readonly unknown[]).includes(value)
}

/** What was called, for the message of a failure; of what phase it is, and how long it may take beyond its volume's deadline. */
export interface CallName {
  /** For people: nothing is decided by it. */
  readonly syscall: string
  readonly path: string
  readonly phase: DiskPhase
  readonly extraTimeoutMs?: number
}
