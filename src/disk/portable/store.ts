import { stat } from 'node:fs/promises'
import { MARK_FILE, OWNER_FILE, PRESENCE_FILE, TEMPORARY_DIRECTORY } from '../../format/layout.js'
import type { SharedPage } from '../../format/page.js'
import { DiskError } from '../disk-error.js'
import { attempt, isReadOnlyError } from '../node-error.js'
import { LockTable } from './locks.js'
import { takeOwnership, type Ownership } from './owner.js'
import type { Operations } from '../node-calls.js'
import { listSigns, processNamed, refuseToJudge, sweepSigns } from '../liveness.js'
import { nativeHolder } from './native-holder.js'
import type { SignPlace } from '../sign-of-life.js'
import { lstatPath } from './read.js'
import type { PortableRoot } from './root.js'
import { removeEmptyDirectory } from './write.js'

/**
 * What all volumes of one directory share in this thread: the ownership of the store, its locks, and the page that the
 * native disk would map. The first volume takes it, the last one releases it.
 */
export class PortableStore {
  readonly locks: LockTable = new LockTable()
  readonly pages: Map<string, Promise<SharedPage>> = new Map()
  /** Undefined: the directory cannot be written, and has no owner. */
  readonly ownership: Promise<Ownership | undefined>
  users = 0
  released: Promise<void> | undefined

  constructor(ownership: Promise<Ownership | undefined>) {
    this.ownership = ownership
  }
}

/** The store of a volume that takes no ownership and writes nothing. */
export function unownedStore(): PortableStore {
  return new PortableStore(Promise.resolve(undefined))
}

const stores = new Map<string, PortableStore>()

/** Joins the store in the root's directory; ELOCKTIMEOUT (phase 'owner') if another process has it. */
export async function acquireStore(root: PortableRoot): Promise<PortableStore> {
  const { dev, ino } = await attempt(
    'stat',
    '',
    async () => await stat(root.directory, { bigint: true }),
  )
  const key = `${dev}:${ino}`
  for (let old = stores.get(key); old?.released !== undefined; old = stores.get(key)) {
    await old.released
  }
  const store = stores.get(key) ?? new PortableStore(own(root))
  stores.set(key, store)
  store.users++
  try {
    await store.ownership
    return store
  } catch (error) {
    if (stores.get(key) === store) stores.delete(key)
    throw error
  }
}

/**
 * Leaves the store. Abandoned operations that are still under way keep the ownership of the last user until they
 * return; closing does not wait for that, only opening the same store in this process does.
 */
export async function releaseStore(store: PortableStore, operations: Operations): Promise<void> {
  store.users--
  if (store.users > 0) return
  const isDelayed = operations.hasAbandoned
  store.released = operations.settled().then(async () => {
    try {
      await (await store.ownership)?.release()
    } finally {
      for (const [key, known] of stores) if (known === store) stores.delete(key)
    }
  })
  if (isDelayed) store.released.catch(() => undefined)
  else await store.released
}

async function own(root: PortableRoot): Promise<Ownership | undefined> {
  try {
    const made = await root.makeDirectory(TEMPORARY_DIRECTORY)
    const ownership = await takeOwnership(root)
    await besideNobody(ownership)
    return made.length === 0 ? ownership : leavingNoTrace(root, ownership)
  } catch (error) {
    if (isReadOnly(error)) return undefined
    throw error
  }
}

/** An owner file that this process may not read does not make the directory read-only. */
function isReadOnly(error: unknown): boolean {
  const isOwnerFile =
    error instanceof DiskError && error.phase === 'owner' && error.path === OWNER_FILE
  return !isOwnerFile && isReadOnlyError(error)
}

/** A directory that did not become a store is left as it was before. */
function leavingNoTrace(root: PortableRoot, ownership: Ownership): Ownership {
  const release = async (): Promise<void> => {
    await ownership.release()
    if ((await lstatPath(root, MARK_FILE)) !== undefined) return
    await removeEmptyDirectory(root, TEMPORARY_DIRECTORY)
  }
  return { place: ownership.place, release }
}

async function besideNobody(ownership: Ownership): Promise<void> {
  const { place } = ownership
  try {
    await refuseBesideNative(place)
    for (const kind of ['native', 'portable'] as const)
      await sweepSigns(place, await listSigns(place, kind))
  } catch (error) {
    // Why the store cannot be opened matters more than what else fails on the way back.
    await ownership.release().catch(() => undefined)
    throw error
  }
}

/** Checked only now: a native process checks our owner file once it has its lock, so one of the two sees the other. */
async function refuseBesideNative(place: SignPlace): Promise<void> {
  const holder = await nativeHolder(place)
  if (holder === undefined) return
  if (holder.life === 'unknown') throw refuseToJudge(place, PRESENCE_FILE, holder.pid)
  const detail =
    `${processNamed(holder.pid)} has the store open through the native disk, and the portable disk cannot share it. ` +
    "Open it natively here, too (disk: 'native' says why that fails), or close it there"
  throw new DiskError('ELOCKTIMEOUT', 'owner', '', { phase: 'owner', detail })
}
