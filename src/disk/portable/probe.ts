import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { TEMPORARY_DIRECTORY } from '../../format/layout.js'
import type { Capabilities, DiskSpace } from '../disk.js'
import { droppedFlushWarning, READ_ONLY_WARNING } from '../mounts.js'
import { attempt, errorCode } from '../node-error.js'
import { lstatPath } from './read.js'
import type { PortableRoot } from './root.js'

/** Magic numbers of statfs(2) on Linux. */
const FILE_SYSTEM_NAMES: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0xf2f52010, 'f2fs'],
  [0x2fc12fc1, 'zfs'],
  [0xca451a4e, 'bcachefs'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x794c7630, 'overlay'],
  [0x4d44, 'vfat'],
  [0x2011bab0, 'exfat'],
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x65735546, 'fuse'],
  [0x01021997, '9p'],
  [0x0000517b, 'smb'],
  [0x00c36400, 'ceph'],
  [0x0bd00bd0, 'lustre'],
  [0x6a656a63, 'virtiofs'],
  [0x01161970, 'gfs2'],
  [0x7461636f, 'ocfs2'],
  [0x00c0ffee, 'hostfs'],
])
/** Remote or foreign, as on the native disk. */
const NETWORK = new Set(
  'nfs cifs smb smb2 fuse 9p ceph lustre virtiofs gfs2 ocfs2 hostfs'.split(' '),
)
const COPY_ON_WRITE = new Set(['btrfs', 'zfs', 'bcachefs'])

const PORTABLE_WARNINGS = [
  'The portable disk has no kernel locks: one process at a time may have the store open.',
  'The portable disk cannot flush a file system as a whole: a checkpoint flushes each file by itself.',
]

/** What the volume can do. `takeOwnership` has already shown that it has hard links. */
export async function probe(
  root: PortableRoot,
  writable: boolean,
  isAsked: boolean,
  fallback: string | undefined,
): Promise<Capabilities> {
  const fileSystem = await fileSystemName(root)
  const readOnly = isAsked || (!writable && (await isMountedReadOnly(root)))
  const instead =
    fallback === undefined ? [] : [`The portable disk replaces the native one: ${fallback}.`]
  const warnings = readOnly ? [READ_ONLY_WARNING] : [...PORTABLE_WARNINGS]
  if (!writable && !readOnly)
    warnings.push('The directory cannot be written: the volume is read-only.')
  const droppedFlushes = await droppedFlushWarning(root.directory)
  if (droppedFlushes !== undefined) warnings.push(droppedFlushes)
  return {
    fileSystem,
    unnamedFiles: false,
    publish: 'link',
    kernelLocks: false,
    multiProcess: false,
    hotRead: false,
    caseSensitive: writable ? await isCaseSensitive(root) : true,
    copyOnWrite: COPY_ON_WRITE.has(fileSystem),
    network: NETWORK.has(fileSystem),
    readOnly,
    // Warnings about writes do not concern a reader that asked for a read-only volume.
    warnings: [...instead, ...(isAsked ? [] : warnings)],
    ...(fallback === undefined ? {} : { fallback }),
  }
}

async function isMountedReadOnly(root: PortableRoot): Promise<boolean> {
  return await access(root.directory, constants.W_OK).then(
    () => false,
    (error: unknown) => errorCode(error) === 'EROFS',
  )
}

/**
 * Whether names that differ only in case are different files. Checked on an existing directory: a full disk has no
 * inode for a test file.
 */
async function isCaseSensitive(root: PortableRoot): Promise<boolean> {
  const [staging, folded] = [TEMPORARY_DIRECTORY, TEMPORARY_DIRECTORY.toUpperCase()]
  const other = await lstatPath(root, folded)
  return other === undefined || other.ino !== (await lstatPath(root, staging))?.ino
}

/** Whether other machines may have the file system mounted, too. */
export async function isNetworkFileSystem(root: Pick<PortableRoot, 'directory'>): Promise<boolean> {
  return NETWORK.has(await fileSystemName(root))
}

async function fileSystemName(root: Pick<PortableRoot, 'directory'>): Promise<string> {
  const { type } = await attempt('statfs', '', async () => await statfs(root.directory))
  // Magic numbers past 2^31 may arrive negative.
  return FILE_SYSTEM_NAMES.get(type >>> 0) ?? 'unknown'
}

export async function spaceOf(root: PortableRoot): Promise<DiskSpace> {
  const stat = await attempt('statfs', '', async () => await statfs(root.directory))
  return {
    totalBytes: stat.blocks * stat.bsize,
    freeBytes: stat.bavail * stat.bsize,
    usedBytes: (stat.blocks - stat.bfree) * stat.bsize,
    totalInodes: stat.files,
    freeInodes: stat.ffree,
  }
}
