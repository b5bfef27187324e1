/** Whether this is Windows, and why tests pass over there what it does not have. */
export const isWindows = process.platform === 'win32'

export const NO_MODES = 'Windows has no modes, and no users by number'
export const NO_FIFO = 'Windows has no FIFOs that a path leads to'
export const NO_SOCKETS =
  'Node has pipes on Windows for sockets with a path; they are in no directory'
export const NO_SYNCFS = 'Windows has no call that flushes a file system'
export const NO_FLOCK =
  'Windows has no flock for the witness; test/unit/disk/windows.test.ts has two processes of Holdfast'
export const NO_LIMITS = 'Windows has no limit of descriptors that is set from outside'
export const NO_SIGN =
  'Windows has no sign of life and no list of threads: the store stays with the process'
export const NO_SCRIPTS = 'Windows runs no file because of its first line'
export const NO_SIGNALS = 'Windows has no signals to answer: a process that is sent one ends'
export const KEEPS_OPEN_FILES =
  'Windows replaces and removes no file that is mapped, and keeps the name of one that is open'
