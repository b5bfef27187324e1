import { realpath, stat } from 'node:fs/promises'
import {
  CHECKPOINT_LOCK_FILE,
  LOCK_FILE,
  PRESENCE_FILE,
  SIGNS_DIRECTORY,
} from '../format/layout.js'
import { ownershipOf } from './file-ownership.js'
import { judgeEntry } from './liveness.js'
import { attempt } from './node-error.js'
import { livingOwner, portableSignPlace } from './portable/owner.js'
import { PortableRoot } from './portable/root.js'
import { readProc } from './proc.js'
import type { Life } from './process-start.js'
import { parseSignName, type SignPlace } from './sign-of-life.js'

/** A process that has a store open. */
export interface StoreHolder {
  readonly pid: number
  /** How it reaches the disk: the native one shares the store, the portable one does not. */
  readonly disk: 'native' | 'portable'
  /** When it opened the store: ISO 8601, UTC; null if that is not known. */
  readonly since: string | null
  /** `unknown` for a process that cannot be judged from here; it counts as alive. */
  readonly life: Exclude<Life, 'dead'>
}

/** A kernel lock on a file of a store, as Linux lists it. */
export interface KernelLock {
  /** Relative to the store. */
  readonly path: string
  /** -1 where the lock belongs to an open file and not to a process. */
  readonly pid: number
  readonly mode: 'shared' | 'exclusive'
}

/** The processes that have the store in `directory` open; nothing is written, and no lock is taken. */
export async function listStoreHolders(directory: string): Promise<readonly StoreHolder[]> {
  const place = await placeOf(directory)
  const holders = await signHolders(place)
  const owner = await livingOwner(place)
  const isListed = holders.some(({ disk, pid }) => disk === 'portable' && pid === owner?.pid)
  if (owner === undefined || owner.life === 'dead' || isListed) return holders
  return [...holders, { pid: owner.pid, disk: 'portable', since: null, life: owner.life }]
}

async function placeOf(directory: string): Promise<SignPlace> {
  const absolute = await attempt('realpath', '', async () => await realpath(directory))
  const found = await attempt('stat', '', async () => await stat(absolute))
  return await portableSignPlace(new PortableRoot(absolute, 0o600, 0o700, ownershipOf(found, true)))
}

async function signHolders(place: SignPlace): Promise<StoreHolder[]> {
  const holders: StoreHolder[] = []
  for (const entry of (await place.list(SIGNS_DIRECTORY)) ?? []) {
    const sign = parseSignName(entry.name)
    if (sign === undefined || entry.kind === 'directory') continue
    const life = await judgeEntry(place, entry)
    if (life === 'dead') continue
    const since = new Date(entry.modifiedMs).toISOString()
    holders.push({ pid: sign.pid, disk: sign.kind, since, life })
  }
  return holders
}

const LOCKED_FILES = [LOCK_FILE, PRESENCE_FILE, CHECKPOINT_LOCK_FILE]

/** The kernel locks on the files of a store; `undefined` where the system does not list them. */
export async function listKernelLocks(
  directory: string,
): Promise<readonly KernelLock[] | undefined> {
  const listed = await readProc('/proc/locks')
  if (listed === undefined) return undefined
  const paths = new Map<string, string>()
  for (const path of LOCKED_FILES) {
    const found = await stat(`${directory}/${path}`).catch(() => undefined)
    if (found !== undefined) paths.set(String(found.ino), path)
  }
  return listed.split('\n').flatMap((line) => {
    const [, kind, , mode, pid, file = ''] = line.split(/\s+/)
    // The numbers of the device are those of another layer on some file systems: the inode decides.
    const path = paths.get(file.split(':')[2] ?? '')
    if (path === undefined || !['FLOCK', 'OFDLCK', 'POSIX'].includes(kind ?? '')) return []
    return [{ path, pid: Number(pid), mode: mode === 'READ' ? 'shared' : 'exclusive' } as const]
  })
}
