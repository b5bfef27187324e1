// What is made to fail: for each kind of call the ways in which kernels are known to answer it.

const FULL = ['ENOSPC', 'EDQUOT']
const DENIED = ['EACCES', 'EROFS']
const OPENING = ['EIO', 'EMFILE', 'ENOMEM', 'EACCES', 'EINTR']
const CREATING = ['EIO', ...FULL, 'EMFILE', 'ENOMEM', ...DENIED, 'EINTR']
const NAMING = ['EIO', ...FULL, 'ENOMEM', ...DENIED]

/** @type {Readonly<Record<string, readonly string[]>>} */
export const FAULTS = {
  open: OPENING,
  openat: CREATING,
  openat2: OPENING,
  close: ['EIO', 'EINTR', 'ENOSPC'],
  pread: ['EIO', 'EINTR', 'short'],
  preadv2: ['EIO', 'EINTR', 'short'],
  pwrite: ['EIO', ...FULL, 'EFBIG', 'EINTR', 'short'],
  fdatasync: ['EIO', ...FULL, 'EINTR', 'EROFS'],
  fsync: ['EIO', ...FULL, 'EINTR', 'EROFS'],
  syncfs: ['EIO', ...FULL],
  linkat: [...NAMING, 'EMLINK'],
  renameat: NAMING,
  renameat2: NAMING,
  unlinkat: ['EIO', ...DENIED, 'ENOMEM'],
  rmdir: ['EIO', ...DENIED],
  mkdirat: [...NAMING, 'EMLINK'],
  fallocate: ['EIO', ...FULL, 'EINTR'],
  ftruncate: ['EIO', ...FULL, 'EINTR'],
  fstat: ['EIO', 'ENOMEM'],
  fstatat: ['EIO', 'ENOMEM', 'EACCES'],
  faccessat: ['EIO', ...DENIED],
  fchmod: ['EIO', 'EPERM', 'EROFS'],
  fchmodat: ['EIO', 'EPERM', 'EROFS'],
  fstatfs: ['EIO', 'EINTR'],
  fstatvfs: ['EIO', 'EINTR'],
  flock: ['EIO', 'ENOLCK', 'EINTR'],
  unlock: ['EIO', 'EINTR'],
  mmap: ['EMFILE', 'ENOMEM', 'EACCES'],
  fdopendir: ['ENOMEM'],
  readdir: ['EIO'],
}

/** Calls that may take their time; each is held longer than `ioTimeoutMs` once. */
const HANGING = [
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
]

export const HANG = 'hang=250'
/** Shorter than the hang, longer than anything else should take. */
export const HANG_IO_TIMEOUT_MS = 100

/** For ever, these would only say that a loop is one. */
const ONCE_ONLY = new Set(['EINTR', HANG])

/**
 * Every job: one fault of one call in one scenario, once or from there on. Its n-th case lets n calls pass.
 * @param {{ scenarios: readonly string[], calls?: readonly string[], faults?: readonly string[] }} filter
 */
export function jobsOf({ scenarios, calls = Object.keys(FAULTS), faults }) {
  const jobs = []
  for (const scenario of scenarios) {
    for (const call of calls) {
      const known = [...(FAULTS[call] ?? []), ...(HANGING.includes(call) ? [HANG] : [])]
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
