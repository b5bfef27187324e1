import { constants, type BigIntStats } from 'node:fs'
import { access, lstat, readdir, readFile, stat as statOpen, statfs } from 'node:fs/promises'
import { PRESENCE_FILE } from '../document/layout.js'
import type { Capabilities, DiskSpace } from './disk.js'
import { DiskError } from './disk-error.js'
import { READ_ONLY_WARNING } from './native-capabilities.js'
import { attempt, errorCode } from './portable-error.js'
import { lstatPath } from './portable-read.js'
import type { PortableRoot } from './portable-root.js'
import { discardStaged, publishStaged, removeFile, stageFile } from './portable-write.js'

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
])
const NETWORK = new Set(['nfs', 'cifs', 'smb2', '9p'])
const COPY_ON_WRITE = new Set(['btrfs', 'zfs', 'bcachefs'])
/** Here stat names another device than /proc/locks does. */
const OWN_DEVICE_NUMBERS = new Set(['btrfs', 'overlay', 'bcachefs'])

/** What link(2) answers where it does not exist. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK'])

const PORTABLE_WARNINGS = [
  'The portable disk has no kernel locks: one process at a time may have the store open.',
  'The portable disk cannot flush a file system as a whole: a checkpoint flushes each file by itself.',
]

/** Tries what the volume needs, in its staging directory. ENOTSUP without hard links: nothing else never overwrites. */
export async function probe(root: PortableRoot, writable: boolean): Promise<Capabilities> {
  const fileSystem = await fileSystemName(root)
  const readOnly = !writable && (await isMountedReadOnly(root))
  const warnings = readOnly ? [READ_ONLY_WARNING] : [...PORTABLE_WARNINGS]
  if (!writable && !readOnly)
    warnings.push('The directory cannot be written: the volume is read-only.')
  return {
    fileSystem,
    unnamedFiles: false,
    publish: 'link',
    kernelLocks: false,
    multiProcess: false,
    hotRead: false,
    caseSensitive: writable ? await probeWrites(root) : true,
    copyOnWrite: COPY_ON_WRITE.has(fileSystem),
    network: NETWORK.has(fileSystem),
    readOnly,
    warnings,
  }
}

async function isMountedReadOnly(root: PortableRoot): Promise<boolean> {
  return await access(root.directory, constants.W_OK).then(
    () => false,
    (error: unknown) => errorCode(error) === 'EROFS',
  )
}

/** Whether names that differ only in case are different files. */
async function probeWrites(root: PortableRoot): Promise<boolean> {
  const staged = await stageFile(root, new Uint8Array(0), { flush: false })
  const linked = `${staged}.Probe`
  try {
    await publishStaged(root, staged, linked, false)
    return (await lstatPath(root, `${staged}.pROBE`)) === undefined
  } catch (error) {
    if (!NO_LINKS.has(errorCode(error) ?? '')) throw error
    const detail =
      'the file system has no hard links, and the portable disk has no other way to never overwrite'
    throw new DiskError('ENOTSUP', 'link', '', { cause: error, detail })
  } finally {
    await removeFile(root, linked)
    await discardStaged(root, staged)
  }
}

export async function fileSystemName(root: PortableRoot): Promise<string> {
  const { type } = await attempt('statfs', '', async () => await statfs(root.directory))
  // Magic numbers past 2^31 may arrive negative.
  return FILE_SYSTEM_NAMES.get(type >>> 0) ?? 'unknown'
}

export async function spaceOf(root: PortableRoot): Promise<DiskSpace> {
  const stat = await attempt('statfs', '', async () => await statfs(root.directory))
  return {
    totalBytes: stat.blocks * stat.bsize,
    freeBytes: stat.bavail * stat.bsize,
    totalInodes: stat.files,
    freeInodes: stat.ffree,
  }
}

/** The process that has the store open through the native disk: it holds a kernel lock on the presence file. */
export async function nativeHolder(root: PortableRoot): Promise<number | undefined> {
  const stat = await lstat(root.absolute(PRESENCE_FILE), { bigint: true }).catch(() => undefined)
  const locks = await readFile('/proc/locks', 'utf8').catch(() => undefined)
  if (stat === undefined || locks === undefined) return undefined
  const fileSystem = await fileSystemName(root)
  for (const line of locks.split('\n')) {
    // "1: FLOCK  ADVISORY  WRITE 4551 fe:00:2146397 0 EOF"
    const match = /FLOCK\s.*\s(-?\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) /.exec(line)
    if (match === null || match[4] !== String(stat.ino)) continue
    const device = deviceNumber(match[2], match[3])
    const process = Number(match[1])
    if (device === stat.dev) return process
    if (!OWN_DEVICE_NUMBERS.has(fileSystem)) continue
    // A file of an overlay may be open by the path of its layer, with another device. On btrfs it has one device only.
    if (fileSystem !== 'btrfs' || (await mayHaveOpen(process, stat))) return process
  }
  return undefined
}

/** A file of that number is on many file systems: whether it is this one, the descriptors of the process tell. */
async function mayHaveOpen(process: number, { dev, ino }: BigIntStats): Promise<boolean> {
  const directory = `/proc/${process}/fd`
  const names = await readdir(directory).catch(() => undefined)
  // Not ours to see, or left to a child by a process that is gone: it may.
  if (names === undefined) return true
  const open = await Promise.all(
    names.map(
      async (name) =>
        await statOpen(`${directory}/${name}`, { bigint: true }).catch(() => undefined),
    ),
  )
  return open.some((file) => file?.dev === dev && file.ino === ino)
}

/** As the kernel packs it for stat. */
function deviceNumber(majorHex = '0', minorHex = '0'): bigint {
  const major = BigInt(`0x${majorHex}`)
  const minor = BigInt(`0x${minorHex}`)
  return (
    (minor & 0xffn) |
    ((major & 0xfffn) << 8n) |
    ((minor & ~0xffn) << 12n) |
    ((major & ~0xfffn) << 32n)
  )
}
