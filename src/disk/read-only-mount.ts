import { PRESENCE_FILE } from '../document/layout.js'
import { DiskError } from './disk-error.js'
import { refuseLivingOwner } from './portable-owner.js'
import { nativeHolder } from './native-holder.js'
import { refuseToJudge } from './refusal.js'
import type { SignPlace } from './sign-of-life.js'

/**
 * A read-only mount takes no locks and maps no page, so it could not follow what others write: ELOCKTIMEOUT when a
 * process has the store open, through another mount of the same file system.
 */
export async function refuseWriters(place: SignPlace): Promise<void> {
  await refuseLivingOwner(place)
  const holder = await nativeHolder(place)
  if (holder === undefined) return
  if (holder.life === 'unknown') throw refuseToJudge(place, PRESENCE_FILE, holder.pid)
  const detail = `process ${holder.pid} has the store open through another mount, and a read-only one cannot follow it`
  throw new DiskError('ELOCKTIMEOUT', 'owner', PRESENCE_FILE, { detail })
}
