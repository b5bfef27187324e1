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
  'test/unit/disk/disk-error',
  'test/unit/disk/windows',
  'test/unit/engine/durable-directory-refusals',
  'test/unit/engine/recovery/redo',
  'test/unit/engine/journal/follower',
  'test/unit/versions/conformance',
  'test/unit/versions/file-system/metadata',
  'test/unit/files/file-storage-keys',
  'test/unit/cli/run',
]

/** Of Wine 8. */
const LINKS = 'Wine follows links by itself: it makes no reparse points, and shows none'
const OPEN_TARGET =
  'Wine has no FileRenameInfoEx: nothing replaces a file that is open, and the disk waits for it'
const REMOVED =
  'Wine keeps a removed file under its name, to be read, until no process has it open: no STATUS_DELETE_PENDING'
const FETCH =
  'No fetch() of Node connects under Wine (connect UNKNOWN); node:http, which we use, does'
const NO_SQLITE = 'better-sqlite3 has no binary for Windows here, and this Node no node:sqlite'
const NO_GIT = 'There is no git for Windows here'
const NO_TAR = 'There is no tar for Windows here'
const NO_GZIP = 'There is no gzip for Windows here'

/** Of the contract of both disks. */
const CONTRACT = {
  'tells kind, size, mode': LINKS,
  'lists the entries of a directory': LINKS,
  'whatever takes its name meanwhile': OPEN_TARGET,
  'and nothing through a link': LINKS,
  'follows no symbolic link': LINKS,
  'writes a new inode': OPEN_TARGET,
}

/**
 * By file; a text is the reason for the whole file. What a test's name contains, in parts with an ellipsis between them,
 * and why it is left out.
 *
 * @type {Readonly<Record<string, string | Readonly<Record<string, string>>>>}
 */
export const LEFT_OUT = {
  'test/unit/native/commit.test.ts': { 'leaves out of the frame what lost': LINKS },
  'test/unit/disk/find-upwards.test.ts': { 'neither there nor absent': LINKS },
  'test/unit/cli/replace-file.test.ts': { 'and the symlink that leads': LINKS },
  'test/unit/cli/commands/migrate.test.ts': NO_SQLITE,
  'test/unit/cli/stores.test.ts': {
    'commands on SQLite': NO_SQLITE,
    'commands on a file of SQLite': NO_SQLITE,
  },
  'test/unit/disk/start-git.test.ts': NO_GIT,
  'test/unit/disk/file-tree.test.ts': { 'is listed with all below it': LINKS },
  'test/unit/disk/input-files.test.ts': { 'through a symlink too': LINKS },
  'test/unit/disk/directory-place.test.ts': { 'when the link that leads to it': LINKS },
  'test/unit/disk/path-facts.test.ts': {
    'is nothing where it is a directory': LINKS,
    'is without links, also when it is missing yet': LINKS,
  },
  'test/unit/disk/portable/read.test.ts': {
    'follows no link': LINKS,
    'are its entries, each with its kind': LINKS,
  },
  'test/unit/disk/native/native-disk.test.ts': CONTRACT,
  'test/unit/disk/portable/portable-disk.test.ts': {
    ...CONTRACT,
    'shows a reader the old file or the new one': OPEN_TARGET,
  },
  'test/unit/disk/windows.test.ts': { 'removes a file that others read': REMOVED },
  'test/unit/engine/durable-directory-refusals.test.ts': {
    'does not follow a symbolic link': LINKS,
  },
  'test/unit/engine/backup/back-up.test.ts': { 'are not links': LINKS },
  'test/unit/engine/backup/backup-place.test.ts': { 'where a link leads into the store': LINKS },
  'test/unit/engine/backup/read-tar.test.ts': { 'are read as tar has packed them': NO_TAR },
  'test/unit/engine/backup/remove-tree.test.ts': { 'of links the links alone': LINKS },
  'test/unit/engine/backup/store-source.test.ts': { 'reports links': LINKS },
  'test/unit/engine/backup/tar-target.test.ts': { 'when it is unpacked': NO_TAR },
  'test/unit/engine/backup/unpack-backups.test.ts': { 'an archive of backups': NO_TAR },
  'test/unit/engine/journal/segments.test.ts': {
    'a spare that is a segment as well': REMOVED,
  },
  'test/unit/engine/opening/open-directory.test.ts': {
    'leaves nothing locked behind when it fails': REMOVED,
  },
  'test/unit/engine/opening/open-volume.test.ts': { 'calls a file a file': LINKS },
  'test/unit/engine/commit/staging.test.ts': {
    'whole after a process that did not close': OPEN_TARGET,
  },
  'test/unit/versions/file-system/foreign-entries.test.ts': {
    'what neither the store nor git has put': LINKS,
  },
  'test/unit/versions/file-system/tree-scan.test.ts': {
    'files and links aside': LINKS,
    'are files with the name of a version': LINKS,
    'passes over a link and a directory': LINKS,
  },
  'test/unit/versions/file-system/trash.test.ts': {
    'passes over a link of another program': LINKS,
  },
  'test/unit/versions/file-system/store-writer.test.ts': {
    'where a link is in the place of its trash': LINKS,
    'follows no link': LINKS,
  },
  'test/unit/versions/registry/merge.test.ts': { 'as git merge-file does': NO_GIT },
  'test/unit/versions/registry/merge-lines.test.ts': { 'as git merge-file does': NO_GIT },
  'test/unit/versions/file-system/version-codec.test.ts': {
    'what other programs read': NO_GZIP,
    'what other programs have packed': NO_GZIP,
  },
  'test/unit/versions/file-system/version-changes.test.ts': {
    'remove a file that cannot be read': LINKS,
  },
  'test/unit/cli/commands/import-format.test.ts': {
    'imports a repository': NO_GIT,
    'takes a revision and patterns': NO_GIT,
    'is continued by the next one': NO_GIT,
  },
  'test/unit/cli/commands/export.test.ts': { 'writes a repository': NO_GIT },
  'test/unit/cli/commands/backup.test.ts': { 'warns of what is not in the backup': LINKS },
  'test/unit/files/file-storage.test.ts': {
    'in a directory … keeps giving the file that was opened': OPEN_TARGET,
  },
  'test/unit/files/local/strays.test.ts': {
    'is not, is told and left where it is': LINKS,
    'behind a link to documents': LINKS,
  },
  'test/unit/objects/failure.test.ts': { 'objects that others have put': FETCH },
}

/**
 * @param {string} file from the root of the repository
 * @param {string} test its full name
 * @returns {string | undefined} why it is left out
 */
export function reasonToLeaveOut(file, test) {
  const tests = LEFT_OUT[file] ?? {}
  if (typeof tests === 'string') return tests
  return Object.entries(tests).find(([parts]) => isMeant(parts, test))?.[1]
}

/** Whether an entry of the list means the test of that full name. */
export function isMeant(parts, test) {
  return parts.split(' … ').every((part) => test.includes(part))
}
