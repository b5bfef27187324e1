import { createHash, randomBytes } from 'node:crypto'
import { pid } from 'node:process'
import { OWNER_FILE, RESERVE_FILE, temporaryPath } from '../../format/layout.js'
import { DiskError, hasNoSpace } from '../disk-error.js'
import {
  judgeRecord,
  processNamed,
  refuseToJudge,
  strandedOwner,
  takeOverCommand,
} from '../liveness.js'
import { errorCode, isReadOnlyError, withoutLinks } from '../node-error.js'
import { ownRecord, parseRecord, RECORD_BYTES_MAX, type Life } from '../process-start.js'
import { isNetworkFileSystem } from './probe.js'
import { listDirectory, readFileRange } from './read.js'
import type { PortableRoot } from './root.js'
import {
  publishStaged,
  removeEmptyDirectory,
  removeFile,
  stageFile,
  unlinkPresent,
} from './write.js'
import { leaveSign, warnWithoutSign, type Sign, type SignPlace } from '../sign-of-life.js'

/** Proof that this thread alone has the store open through the portable disk. */
export interface Ownership {
  readonly place: SignPlace
  release(): Promise<void>
}

export interface TakingOptions {
  /** Takeover by hand: an owner that cannot be judged from here has ended. */
  readonly unknownIsDead?: boolean
}

/** The contents of owner files that this thread could not remove when it released the store. */
const leftBehind = new Set<string>()

/** Each failed attempt has seen another process get further, so few are needed. */
const TRIES_MAX = 10

/**
 * Takes the store below `root` for this thread. A file whose owner has died is taken over; ELOCKTIMEOUT with the phase
 * 'owner' if its owner lives, or may live.
 */
export async function takeOwnership(
  root: PortableRoot,
  options: TakingOptions = {},
): Promise<Ownership> {
  const place = await portableSignPlace(root)
  const sign = await leaveSignIfPossible(place)
  const taker = new Taker(root, place, sign, options)
  try {
    return await taker.take()
  } catch (error) {
    // By then the owner file may exist. If it cannot be removed either, it is recorded as left behind.
    await taker.release().catch(() => undefined)
    throw error
  }
}

/** Without a sign, the number of the process decides. */
async function leaveSignIfPossible(place: SignPlace): Promise<Sign | undefined> {
  try {
    return await leaveSign(place, 'portable')
  } catch (error) {
    if (!(error instanceof DiskError) || isReadOnlyError(error)) throw error
    await warnWithoutSign(
      place,
      error,
      'another container cannot tell whether this process lives, and refuses the store until it is taken over by hand',
    )
    return undefined
  }
}

/** One attempt to become the owner, and what it holds then. */
class Taker implements Ownership {
  readonly place: SignPlace
  /** The sign of life that its record names; undefined if none can be left. */
  readonly #sign: Sign | undefined
  readonly #root: PortableRoot
  readonly #options: TakingOptions
  #text = ''

  constructor(
    root: PortableRoot,
    place: SignPlace,
    sign: Sign | undefined,
    options: TakingOptions,
  ) {
    this.#root = root
    this.place = place
    this.#sign = sign
    this.#options = options
  }

  async take(): Promise<this> {
    const record = await ownRecord(this.#sign?.name ?? '')
    // Each ownership has a text of its own: what one has left behind is not treated as another's.
    this.#text = JSON.stringify({ ...record, id: randomBytes(8).toString('hex') })
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (await this.#tryOnce()) return this
    }
    throw ownedBy(undefined)
  }

  /** False: the files changed in between, look again. */
  async #tryOnce(): Promise<boolean> {
    const staged = await this.#stageOnAnyDisk()
    try {
      // The file appears with its content or not at all, so no reader sees half of it.
      const isOwner =
        (await linkTo(this.#root, staged, OWNER_FILE)) || (await this.#takeOver(staged))
      if (isOwner) await this.#refuseStranded()
      return isOwner
    } catch (error) {
      // An active owner sweeps the staging directory, and our file with it.
      if (errorCode(error) === 'ENOENT') return false
      throw error
    } finally {
      await unlinkPresent(this.#root, staged)
    }
  }

  /** A full disk has no block for the record: if no process has the store open, its last owner's reserve has one. */
  async #stageOnAnyDisk(): Promise<string> {
    try {
      return await this.#stage()
    } catch (error) {
      if (!hasNoSpace(error)) throw error
      const owner = await livingOwner(this.place)
      const isHeld =
        owner !== undefined || (await strandedOwner(this.place, this.#sign)) !== undefined
      if (isHeld || !(await unlinkPresent(this.#root, RESERVE_FILE))) throw error
      return await this.#stage()
    }
  }

  /** With the mode and group of every other file: another member of the group must be able to judge it. */
  async #stage(): Promise<string> {
    return await stageFile(this.#root, Buffer.from(this.#text), { flush: false })
  }

  /**
   * Replaces a dead owner's file. Only the holder of the claim on exactly this file may do so; otherwise two that saw
   * the dead file could replace each other.
   */
  async #takeOver(staged: string): Promise<boolean> {
    const stale = await readRecord(this.place, OWNER_FILE)
    if (stale === undefined) return false
    await this.#refuseLiving(stale)
    const claim = claimPath(stale)
    if (!(await linkTo(this.#root, staged, claim))) {
      await this.#dropDeadClaim(claim)
      return false
    }
    try {
      if ((await readRecord(this.place, OWNER_FILE)) !== stale) return false
      await publishStaged(this.#root, staged, OWNER_FILE, true)
      return true
    } finally {
      await unlinkPresent(this.#root, claim)
    }
  }

  /** A process that died between claim and takeover left its claim; a living one is about to be the owner. */
  async #dropDeadClaim(claim: string): Promise<void> {
    const text = await readRecord(this.place, claim)
    if (text === undefined) return
    await this.#refuseLiving(text)
    await unlinkPresent(this.#root, claim)
  }

  async #refuseLiving(text: string): Promise<void> {
    const { life, pid: owner } = await judgeText(this.place, text)
    if (life === 'alive') throw ownedBy(owner)
    if (life === 'unknown' && this.#options.unknownIsDead !== true)
      throw refuseToJudge(this.place, OWNER_FILE, owner)
  }

  /** The file was missing, or its process has ended; another process may still have the store open. */
  async #refuseStranded(): Promise<void> {
    const owner = await strandedOwner(this.place, this.#sign)
    if (owner !== undefined) throw ownedBy(owner, OWNER_FILE_GONE)
  }

  async release(): Promise<void> {
    leftBehind.add(this.#text)
    try {
      // Only our own file: if another process has taken over, its file stays.
      if ((await readRecord(this.place, OWNER_FILE)) === this.#text)
        await unlinkPresent(this.#root, OWNER_FILE)
      leftBehind.delete(this.#text)
    } finally {
      await this.#sign?.withdraw()
    }
  }
}

/** The process that has the store open through the portable disk, if it runs or may run. The native disk asks, too. */
export async function livingOwner(
  place: SignPlace,
): Promise<{ readonly pid: number; readonly life: Life } | undefined> {
  const text = await readRecord(place, OWNER_FILE)
  if (text === undefined) return undefined
  const judged = await judgeText(place, text)
  return judged.life === 'dead' ? undefined : judged
}

/** ELOCKTIMEOUT when a process has the store open through the portable disk, or may have. */
export async function refuseLivingOwner(place: SignPlace): Promise<void> {
  const owner = await livingOwner(place)
  if (owner === undefined) {
    const stranded = await strandedOwner(place)
    if (stranded !== undefined) throw ownedBy(stranded, OWNER_FILE_GONE)
    return
  }
  if (owner.life === 'unknown') throw refuseToJudge(place, OWNER_FILE, owner.pid)
  const detail = `${processNamed(owner.pid)} has the store open through the portable disk, which shares it with no other process`
  throw new DiskError('ELOCKTIMEOUT', 'owner', OWNER_FILE, { phase: 'owner', detail })
}

async function judgeText(
  place: SignPlace,
  text: string,
): Promise<{ readonly pid: number; readonly life: Life }> {
  const record = leftBehind.has(text) ? undefined : parseRecord(text)
  if (record === undefined) return { pid: 0, life: 'dead' }
  return { pid: record.pid, life: await judgeRecord(place, record) }
}

const OWNER_FILE_GONE = `; its '${OWNER_FILE}' was removed or replaced while the store was open: close it there`

function ownedBy(owner: number | undefined, more = ''): DiskError {
  const who =
    owner === pid
      ? `this process (${pid}), in another thread or copy of the package, or one of the same number in another container,`
      : `process ${owner ?? '(unknown)'}`
  const detail = `${who} has the store open, and the portable disk serves one process at a time${more}`
  return new DiskError('ELOCKTIMEOUT', 'owner', OWNER_FILE, { phase: 'owner', detail })
}

function claimPath(stale: string): string {
  return temporaryPath(`owner-${createHash('sha256').update(stale).digest('hex').slice(0, 32)}`)
}

/** The text of a record: never longer than a record, and only from a regular file. */
async function readRecord(place: SignPlace, path: string): Promise<string | undefined> {
  try {
    const bytes = await place.readStart(path, RECORD_BYTES_MAX + 1)
    if (bytes === undefined) return undefined
    if (bytes.length <= RECORD_BYTES_MAX) return Buffer.from(bytes).toString()
    throw new DiskError('EFBIG', 'owner', path, { phase: 'owner' })
  } catch (error) {
    if (!(error instanceof DiskError) || error.code === 'ETIMEDOUT') throw error
    const detail = `the file that says which process has the store open cannot be read; if no process has it open, ${takeOverCommand(place)}`
    throw new DiskError(error.code, 'owner', path, { phase: 'owner', cause: error, detail })
  }
}

/** False when the name is taken. */
async function linkTo(root: PortableRoot, staged: string, path: string): Promise<boolean> {
  try {
    await publishStaged(root, staged, path, false)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw withoutLinks(error) ?? error
  }
}

/** The signs of life of a store, through node:fs. */
export async function portableSignPlace(root: PortableRoot): Promise<SignPlace> {
  return {
    directory: root.directory,
    fileMode: root.fileMode,
    isRemote: await isNetworkFileSystem(root),
    makeDirectory: async (path) => await root.makeDirectory(path),
    list: async (path) => await listDirectory(root, path),
    readStart: async (path, bytes) => await readFileRange(root, path, 0, bytes),
    rename: async (from, to) => await publishStaged(root, from, to, true),
    remove: async (path) => await removeFile(root, path),
    removeDirectory: async (path) => await removeEmptyDirectory(root, path),
  }
}
