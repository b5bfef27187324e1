import { TextEncoder } from 'node:util'
import { PRESENCE_FILE } from '../../format/layout.js'
import type { Lock, LockMode, Volume } from '../disk.js'
import { DiskError } from '../disk-error.js'
import { listSigns, sweepSigns } from '../liveness.js'
import { refuseLivingOwner } from '../portable/owner.js'
import { ownRecord } from '../process-start.js'
import {
  leaveSign,
  newSignName,
  removeSign,
  signPath,
  warnWithoutSign,
  type Sign,
  type SignPlace,
} from '../sign-of-life.js'

/** More signs than this are swept even by a process that is not alone in the store. */
const SIGNS_UNSWEPT_MAX = 32

/** The signs of life of a store, through its volume: each call has the volume's deadline. */
export function nativeSignPlace(volume: Volume, fileMode: number): SignPlace {
  return {
    directory: volume.directory,
    fileMode,
    isRemote: volume.capabilities.network,
    makeDirectory: async (path) => await volume.makeDirectory(path),
    list: async (path) => await volume.list(path),
    readStart: async (path, bytes) => await volume.readRange(path, 0, bytes),
    rename: async (from, to) => await volume.rename(from, to, { replace: false }),
    remove: async (path) => await volume.remove(path),
    removeDirectory: async (path) => await volume.removeDirectory(path),
  }
}

/**
 * Leaves the sign that tells portable processes, in any container, that the native disk has the store open.
 * ELOCKTIMEOUT if a portable process has it. A portable process first becomes the owner and then looks for signs: one
 * of the two sees the other.
 */
export async function attend(volume: Volume, place: SignPlace, mode: LockMode): Promise<Sign> {
  const sign = await leaveSignOrRecord(volume, place)
  try {
    await refuseLivingOwner(place)
    const others = (await listSigns(place, 'native')).filter(({ name }) => name !== sign.name)
    if (mode === 'exclusive' || others.length > SIGNS_UNSWEPT_MAX) {
      const living = await sweepSigns(place, others)
      if (mode === 'exclusive' && living > 0) throw isNotAlone()
    }
    return sign
  } catch (error) {
    await sign.withdraw()
    throw error
  }
}

/** A process whose presence file another program removed counts as if it still held the lock. */
function isNotAlone(): DiskError {
  return new DiskError('ELOCKTIMEOUT', 'flock', PRESENCE_FILE, { phase: 'lock' })
}

async function leaveSignOrRecord(volume: Volume, place: SignPlace): Promise<Sign> {
  try {
    return (await leaveSign(place, 'native')) ?? (await leaveRecord(volume, place))
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    await warnWithoutSign(
      place,
      error,
      'a process that opens the store through the portable disk may not see this one',
    )
    return { name: '', withdraw: async () => await Promise.resolve() }
  }
}

/** For file systems without sockets: a process with a record can be judged only from its own PID namespace. */
async function leaveRecord(volume: Volume, place: SignPlace): Promise<Sign> {
  const name = await newSignName('native')
  const record = new TextEncoder().encode(JSON.stringify(await ownRecord('')))
  await volume.write(signPath(name), record, { replace: false, flush: false })
  return { name, withdraw: async () => await removeSign(place, name) }
}

/** The presence lock together with its sign of life. */
export class AttendedLock implements Lock {
  readonly #lock: Lock
  readonly #sign: Sign
  readonly #held: Set<AttendedLock>
  #releasing: Promise<void> | undefined

  constructor(lock: Lock, sign: Sign, held: Set<AttendedLock>) {
    this.#lock = lock
    this.#sign = sign
    this.#held = held
    held.add(this)
  }

  get signName(): string {
    return this.#sign.name
  }

  get mode(): LockMode {
    return this.#lock.mode
  }

  async downgrade(): Promise<void> {
    await this.#lock.downgrade()
  }

  release(): Promise<void> {
    return (this.#releasing ??= this.#release())
  }

  async #release(): Promise<void> {
    this.#held.delete(this)
    // A sign that cannot be removed is silent from now on, and the next process to be alone in the store removes it.
    await this.#sign.withdraw().catch(() => undefined)
    await this.#lock.release()
  }
}
