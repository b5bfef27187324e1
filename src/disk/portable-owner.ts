import { createHash, randomBytes } from 'node:crypto'
import { link, open, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pid } from 'node:process'
import { threadId } from 'node:worker_threads'
import { OWNER_FILE, temporaryPath } from '../document/layout.js'
import { DiskError } from './disk-error.js'
import { attempt, attemptPresent, errorCode, withoutLinks } from './portable-error.js'
import { readWhole } from './portable-read.js'
import { isAlive, ownRecord, parseRecord } from './portable-process.js'

/** Much more than a record of an owner has. */
const OWNER_BYTES_MAX = 4096

/** Proof that this thread alone has the store open through the portable disk. */
export interface Ownership {
  release(): Promise<void>
}

/** What stands in owner files of this thread that could not be removed when it gave the store back. */
const leftBehind = new Set<string>()

/** Each try that fails has seen another process get further, so few are needed. */
const TRIES_MAX = 10

/**
 * Takes the store in `directory` for this thread. A file whose owner has died is taken over; ELOCKTIMEOUT with the
 * syscall 'owner' when its owner lives. The staging directory must exist.
 */
export async function takeOwnership(directory: string): Promise<Ownership> {
  // Each ownership has a text of its own: what one has left behind is not taken for another's.
  const text = JSON.stringify({ ...(await ownRecord()), id: randomBytes(8).toString('hex') })
  try {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (await tryOnce(directory, text)) {
        return { release: async () => await release(directory, text) }
      }
    }
    throw ownedBy(undefined)
  } catch (error) {
    // The name may be taken by then. What cannot be removed either is known as left behind.
    await release(directory, text).catch(() => undefined)
    throw error
  }
}

/** The process that has the store open through the portable disk, if it still runs. The native disk asks this too. */
export async function livingOwner(
  directory: string,
): Promise<{ readonly pid: number } | undefined> {
  const text = await readText(join(directory, OWNER_FILE))
  return text === undefined ? undefined : await livingRecord(text)
}

/** ELOCKTIMEOUT when a process has the store open through the portable disk, which shares it with nobody. */
export async function refuseLivingOwner(directory: string): Promise<void> {
  const owner = await livingOwner(directory)
  if (owner === undefined) return
  const detail = `process ${owner.pid} has the store open through the portable disk, which shares it with nobody`
  throw new DiskError('ELOCKTIMEOUT', 'owner', OWNER_FILE, { detail })
}

/** False: the files changed under our hands, look again. */
async function tryOnce(directory: string, text: string): Promise<boolean> {
  const staged = join(
    directory,
    temporaryPath(`${pid}.${threadId}.${randomBytes(8).toString('hex')}`),
  )
  await attempt(
    'owner',
    OWNER_FILE,
    async () => await writeFile(staged, text, { flag: 'wx', mode: 0o600 }),
  )
  try {
    // The file appears with its content or not at all, so whoever reads it never sees half of it.
    if (await linkTo(staged, join(directory, OWNER_FILE))) return true
    return await takeOver(directory, staged)
  } catch (error) {
    // An owner at work sweeps the staging directory, and what we put there with it.
    if (errorCode(error) === 'ENOENT') return false
    throw error
  } finally {
    await unlinkPresent(staged)
  }
}

/**
 * Replaces a dead owner's file. Only who holds the claim on exactly this file may do so; without it, two that saw the
 * dead file could replace one another.
 */
async function takeOver(directory: string, staged: string): Promise<boolean> {
  const owner = join(directory, OWNER_FILE)
  const stale = await readText(owner)
  if (stale === undefined) return false
  const living = await livingRecord(stale)
  if (living !== undefined) throw ownedBy(living.pid)
  const claim = join(directory, claimPath(stale))
  if (!(await linkTo(staged, claim))) {
    await dropDeadClaim(claim)
    return false
  }
  try {
    if ((await readText(owner)) !== stale) return false
    await attempt('owner', OWNER_FILE, async () => await rename(staged, owner))
    return true
  } finally {
    await unlinkPresent(claim)
  }
}

/** Whoever died between claim and takeover left its claim; a living one is about to be the owner. */
async function dropDeadClaim(claim: string): Promise<void> {
  const text = await readText(claim)
  if (text === undefined) return
  const living = await livingRecord(text)
  if (living !== undefined) throw ownedBy(living.pid)
  await unlinkPresent(claim)
}

function claimPath(stale: string): string {
  return temporaryPath(`owner-${createHash('sha256').update(stale).digest('hex').slice(0, 32)}`)
}

async function livingRecord(text: string): Promise<{ readonly pid: number } | undefined> {
  if (leftBehind.has(text)) return undefined
  const record = parseRecord(text)
  return record !== undefined && (await isAlive(record)) ? { pid: record.pid } : undefined
}

function ownedBy(owner: number | undefined): DiskError {
  const who =
    owner === pid
      ? `this process (${pid}), in another thread or copy of the package,`
      : `process ${owner ?? '(unknown)'}`
  const detail = `${who} has the store open, and the portable disk serves one process at a time`
  return new DiskError('ELOCKTIMEOUT', 'owner', OWNER_FILE, { detail })
}

async function release(directory: string, text: string): Promise<void> {
  const path = join(directory, OWNER_FILE)
  leftBehind.add(text)
  // Only our own file: should another have taken over, theirs stays.
  if ((await readText(path)) === text) await unlinkPresent(path)
  leftBehind.delete(text)
}

/** False when the name is taken. */
async function linkTo(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    const unsupported = withoutLinks(error)
    if (unsupported !== undefined) throw unsupported
    throw new DiskError(errorCode(error) ?? 'EIO', 'owner', OWNER_FILE, { cause: error })
  }
}

async function readText(path: string): Promise<string | undefined> {
  return await attemptPresent('owner', OWNER_FILE, async () => {
    const handle = await open(path)
    try {
      return Buffer.from(await readWhole(handle, OWNER_FILE, OWNER_BYTES_MAX)).toString()
    } finally {
      await handle.close()
    }
  })
}

async function unlinkPresent(path: string): Promise<void> {
  await attemptPresent('owner', OWNER_FILE, async () => await unlink(path))
}
