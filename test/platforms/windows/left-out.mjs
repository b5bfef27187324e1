// What runs under Wine of the suites, and what of it cannot hold there, each with its reason. What Windows has and Wine
// cannot show, the Actions matrix runs on Windows itself.

export const ALL_SUITES = ['native', 'disk', 'engine', 'versions', 'files', 'cli'].map(
  (name) => `test/unit/${name}/`,
)
/** Of each, what takes no minutes. */
export const CORE_SUITES = [
  'test/unit/native/',
  'test/unit/disk/both-disks',
  'test/unit/disk/portable/commit',
  'test/unit/disk/native/native-disk',
  'test/unit/disk/portable/portable-disk',
  'test/unit/disk/possible-path',
  'test/unit/disk/transient',
  'test/unit/disk/windows',
  'test/unit/engine/durable-directory-refusals',
  'test/unit/engine/recovery/redo',
  'test/unit/engine/journal/follower',
  'test/unit/versions/conformance',
  'test/unit/versions/file-system/metadata',
  'test/unit/files/file-storage-keys',
  'test/unit/cli/run',
]

/** Of Windows. There, too, these tests fail: Vitest does not know this list where it runs by itself. */
const NO_MODES = 'Windows has no modes, and no users by number'
const NO_FIFO = 'Windows has no FIFOs that a path leads to, and no shell to make one'
const NO_FLOCK =
  'Windows has no flock for the witness; test/unit/disk/windows.test.ts has two processes of ours'
const NO_SIGN =
  'Windows has no sign of life and no list of threads: the store stays with the process'
const LOADED = 'Windows keeps a library that is loaded from being removed or replaced'

/** Of Wine 8. */
const LINKS = 'Wine follows links by itself: it makes no reparse points, and shows none'
const OPEN_TARGET =
  'Wine has no FileRenameInfoEx: nothing replaces a file that is open, and the disk waits for it'
const REMOVED =
  'Wine keeps a removed file under its name, to be read, until nobody has it open: no STATUS_DELETE_PENDING'
const CONSOLE = 'Wine has no console here: pipes from outside and pseudo terminals do not work'
const CHILDREN =
  'The test starts a shell, or imports by a path that is no URL: it is written for other systems'
const UNEXPLAINED =
  'Not explained: a shell is started, tests run out of time, and a portable reader finds other bytes than before'
const SLOW_START = 'Wine opens no directory within the deadline that the test gives'
const SLOW = 'Wine is five to ten times slower: the test does so much that it would take minutes'

/** Of the contract of both disks. */
const CONTRACT = {
  'tells kind, size, mode': LINKS,
  'lists the entries of a directory': LINKS,
  'whatever takes its name meanwhile': OPEN_TARGET,
  'and nothing through a link': LINKS,
  'follows no symbolic link': LINKS,
  'the other end of a FIFO': NO_FIFO,
  'writes a new inode': OPEN_TARGET,
  'a symbolic link and a FIFO': NO_FIFO,
  'answers ETIMEDOUT in time': SLOW_START,
  'with few descriptors': 'Windows has no limit of descriptors that is set from outside',
}

/**
 * By file; a text is the reason for the whole file. What a test's name contains, and why it is left out.
 *
 * @type {Readonly<Record<string, string | Readonly<Record<string, string>>>>}
 */
export const LEFT_OUT = {
  'test/unit/native/binding.test.ts': { 'takes a binary from another place': LOADED },
  'test/unit/native/replaced-binary.test.ts': LOADED,
  'test/unit/native/memory.test.ts': 'Windows has no /proc to ask how much memory is taken',
  'test/unit/native/timeouts.test.ts': 'Windows has no LD_PRELOAD',
  'test/unit/native/shipped.test.ts': 'What the binaries are like is no matter of the system',
  'test/unit/native/vanishing-parents.test.ts': SLOW,
  'test/unit/native/commit.test.ts': { 'leaves out of the frame what lost': LINKS },
  'test/unit/native/locks.test.ts': {
    'are seen by another implementation of flock': NO_FLOCK,
    'wait for another process': NO_FLOCK,
    'reject with the reason of the signal': NO_FLOCK,
    'hold on the file that has the name': NO_FLOCK,
    'that wait do not keep commits': NO_FLOCK,
  },
  'test/unit/native/environments.test.ts': {
    'survives workers that are terminated': NO_FLOCK,
    'over a thousand volumes': SLOW,
  },
  'test/unit/disk/choose-disk.test.ts': { 'a package without an addon for this system': CHILDREN },
  'test/unit/disk/descriptors.test.ts': { 'all succeed one after the other': SLOW },
  'test/unit/disk/input-files.test.ts': {
    'through a symlink too': LINKS,
    'refuses what is not a regular file': NO_FIFO,
  },
  'test/unit/disk/portable/owner.test.ts': {
    'when it was a terminated worker thread': NO_SIGN,
    'is known by another boot': NO_SIGN,
  },
  'test/unit/disk/native/native-disk.test.ts': CONTRACT,
  'test/unit/disk/portable/portable-disk.test.ts': {
    ...CONTRACT,
    'shows a reader the old file or the new one': OPEN_TARGET,
  },
  'test/unit/disk/windows.test.ts': { 'removes a file that others read': REMOVED },
  'test/unit/engine/closing.test.ts': { 'replaces one path as often at once': SLOW },
  'test/unit/engine/durable-directory-refusals.test.ts': {
    'does not follow a symbolic link': LINKS,
    'that everybody may write': NO_MODES,
  },
  'test/unit/engine/opening/open-volume.test.ts': { 'calls a file a file': LINKS },
  'test/unit/engine/journal/unproven-tail.test.ts': CHILDREN,
  'test/unit/engine/commit/staging.test.ts': {
    'whole after a process that did not close': OPEN_TARGET,
  },
  'test/unit/engine/opening/store-kind.test.ts': { 'of files is refused as a store': SLOW },
  'test/unit/engine/durable-directory.test.ts': { 'goes on through many segments': SLOW },
  'test/unit/engine/opening/open-read-only.test.ts': UNEXPLAINED,
  'test/unit/engine/recovery/sweep-staged.test.ts': SLOW,
  'test/unit/versions/file-system/file-system-storage.test.ts': {
    'takes the modes that are asked for': NO_MODES,
  },
  'test/unit/versions/file-system/file-system-storage-cache.test.ts': {
    'answers over 70 of 100 reads': SLOW,
  },
  'test/unit/versions/file-system/file-system-storage-trash.test.ts': {
    'of thousands of versions': SLOW,
    'passes over a link of other hands': LINKS,
  },
  'test/unit/versions/file-system/store-writer.test.ts': {
    'keeps every text that was ever acknowledged': SLOW,
    'follows no link': LINKS,
  },
  'test/unit/cli/process.test.ts': CHILDREN,
  'test/unit/cli/places.test.ts': {
    'asks on a terminal': CONSOLE,
    'that the group may write': NO_MODES,
  },
  'test/unit/cli/commands/files.test.ts': { 'puts a damaged journal aside': SLOW },
}

/**
 * @param {string} file from the root of the repository
 * @param {string} test its full name
 * @returns {string | undefined} why it is left out
 */
export function reasonToLeaveOut(file, test) {
  const tests = LEFT_OUT[file] ?? {}
  if (typeof tests === 'string') return tests
  return Object.entries(tests).find(([part]) => test.includes(part))?.[1]
}
