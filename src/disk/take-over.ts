import { realpath, stat } from 'node:fs/promises'
import { OWNER_FILE, PRESENCE_FILE } from '../format/layout.js'
import { DiskError } from './disk-error.js'
import { ownershipOf } from './file-ownership.js'
import { judgeEntry, listSigns } from './liveness.js'
import { attempt } from './node-error.js'
import { livingOwner, portableSignPlace, takeOwnership } from './portable/owner.js'
import { lstatPath } from './portable/read.js'
import { PortableRoot } from './portable/root.js'
import { unlinkPresent } from './portable/write.js'
import { parseSignName, signPath, type SignPlace } from './sign-of-life.js'

/** What was removed for a process that could not be judged. */
export interface TakenOver {
  readonly path: string
  readonly pid: number
}

/**
 * Removes what says that a process has the store in `directory` open, if this process cannot tell whether that one
 * still runs: the caller says that it has ended. Returns what was removed. ELOCKTIMEOUT, phase 'owner', if a process
 * answers: it runs.
 */
export async function takeOverByHand(directory: string): Promise<readonly TakenOver[]> {
  const absolute = await attempt('realpath', '', async () => await realpath(directory))
  const found = await attempt('stat', '', async () => await stat(absolute))
  const root = new PortableRoot(absolute, 0o600, 0o700, ownershipOf(found, true))
  const place = await portableSignPlace(root)
  return [...(await takeOwner(root, place)), ...(await takeSigns(place))]
}

async function takeOwner(root: PortableRoot, place: SignPlace): Promise<TakenOver[]> {
  if (await removeForeign(root)) return [{ path: OWNER_FILE, pid: 0 }]
  const owner = await livingOwner(place)
  if (owner === undefined) return []
  const ownership = await takeOwnership(root, { unknownIsDead: true })
  await ownership.release()
  return [{ path: OWNER_FILE, pid: owner.pid }]
}

/** No process that opened the store writes anything but a regular file there. */
async function removeForeign(root: PortableRoot): Promise<boolean> {
  const stat = await lstatPath(root, OWNER_FILE)
  if (stat === undefined || stat.isFile() || stat.isDirectory()) return false
  return await unlinkPresent(root, OWNER_FILE)
}

async function takeSigns(place: SignPlace): Promise<TakenOver[]> {
  const taken: TakenOver[] = []
  for (const sign of await listSigns(place, 'native')) {
    const pid = parseSignName(sign.name)?.pid ?? 0
    const life = await judgeEntry(place, sign)
    if (life === 'alive') throw stillRuns(pid)
    if (life === 'dead') continue
    await place.remove(signPath(sign.name))
    taken.push({ path: signPath(sign.name), pid })
  }
  return taken
}

function stillRuns(pid: number): DiskError {
  const detail = `process ${pid} answers: it has the store open, and nothing is to be taken over`
  return new DiskError('ELOCKTIMEOUT', 'owner', PRESENCE_FILE, { phase: 'owner', detail })
}
