// What is made to fail: for each kind of call the ways in which kernels are known to answer it.

const FULL = ['ENOSPC', 'EDQUOT']
const DENIED = ['EACCES', 'EROFS']
const OPENING = ['EIO', 'EMFILE', 'ENOMEM', 'EACCES', 'EINTR']
const READING = ['EIO', 'EINTR', 'short']
const WRITING = ['EIO', ...FULL, 'EFBIG', 'EINTR', 'short']
const FLUSHING = ['EIO', ...FULL, 'EINTR', 'EROFS']
const CREATING = ['EIO', ...FULL, 'EMFILE', 'ENOMEM', ...DENIED, 'EINTR']
const NAMING = ['EIO', ...FULL, 'ENOMEM', ...DENIED]

const EITHER = {
  close: ['EIO', 'EINTR', 'ENOSPC'],
  pread: READING,
  pwrite: WRITING,
  fdatasync: FLUSHING,
  fsync: FLUSHING,
  rmdir: ['EIO', ...DENIED],
  fchmod: ['EIO', 'EPERM', 'EROFS'],
}

const NATIVE = {
  open: OPENING,
  openat: CREATING,
  openat2: OPENING,
  ...EITHER,
  preadv2: READING,
  syncfs: ['EIO', ...FULL],
  linkat: [...NAMING, 'EMLINK'],
  renameat: NAMING,
  renameat2: NAMING,
  unlinkat: ['EIO', ...DENIED, 'ENOMEM'],
  mkdirat: [...NAMING, 'EMLINK'],
  fallocate: ['EIO', ...FULL, 'EINTR'],
  ftruncate: ['EIO', ...FULL, 'EINTR'],
  fstat: ['EIO', 'ENOMEM'],
  fstatat: ['EIO', 'ENOMEM', 'EACCES'],
  faccessat: ['EIO', ...DENIED],
  fchmodat: ['EIO', 'EPERM', 'EROFS'],
  fstatfs: ['EIO', 'EINTR'],
  fstatvfs: ['EIO', 'EINTR'],
  flock: ['EIO', 'ENOLCK', 'EINTR'],
  unlock: ['EIO', 'EINTR'],
  mmap: ['EMFILE', 'ENOMEM', 'EACCES'],
  fdopendir: ['ENOMEM'],
  readdir: ['EIO'],
}

/** What node:fs calls. Its directory streams cannot be had by a preloaded library. */
const PORTABLE = {
  open: CREATING,
  ...EITHER,
  read: READING,
  write: WRITING,
  stat: ['EIO', 'ENOMEM', 'EACCES'],
  link: [...NAMING, 'EMLINK'],
  rename: NAMING,
  unlink: ['EIO', ...DENIED, 'ENOMEM'],
  mkdir: [...NAMING, 'EMLINK'],
  chmod: ['EIO', 'EPERM', 'EROFS'],
}

/** @type {Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>} */
export const FAULTS = { native: NATIVE, portable: PORTABLE }

/** Calls that may take their time; each is held longer than `ioTimeoutMs` once. */
const HANGING = {
  native: [
    'openat',
    'openat2',
    'pread',
    'pwrite',
    'fdatasync',
    'fsync',
    'syncfs',
    'linkat',
    'renameat',
    'renameat2',
    'unlinkat',
    'flock',
    'fallocate',
  ],
  portable: [
    'open',
    'read',
    'pread',
    'write',
    'pwrite',
    'fdatasync',
    'fsync',
    'link',
    'rename',
    'unlink',
    'stat',
  ],
}

export const HANG = 'hang=250'
/** Shorter than the hang, longer than anything else should take. */
export const HANG_IO_TIMEOUT_MS = 100

/** Repeated forever, these would only show that a loop is one. */
const ONCE_ONLY = new Set(['EINTR', HANG])

/**
 * Every job: one fault of one call in one scenario, once or from there on. Its n-th case lets n calls pass.
 * @param {{ disk: string, scenarios: readonly string[], calls?: readonly string[], faults?: readonly string[] }} filter
 */
export function jobsOf({ disk, scenarios, calls = Object.keys(FAULTS[disk]), faults }) {
  const jobs = []
  for (const scenario of scenarios) {
    for (const call of calls) {
      const known = [...(FAULTS[disk][call] ?? []), ...(HANGING[disk].includes(call) ? [HANG] : [])]
      for (const fault of known) {
        if (faults !== undefined && !faults.includes(nameOf(fault))) continue
        jobs.push({ scenario, call, fault, count: 1 })
        if (!ONCE_ONLY.has(fault)) jobs.push({ scenario, call, fault, count: -1 })
      }
    }
  }
  return jobs
}

/** @param {string} fault */
export function nameOf(fault) {
  return fault.split('=')[0] ?? fault
}
