import { PRESENCE_FILE } from '../document/layout.js'
import { DiskError } from './disk-error.js'
import { refuseLivingOwner } from './portable-owner.js'
import { nativeHolder } from './native-holder.js'

export const READ_ONLY_WARNING =
  'The file system is mounted read-only: the store can be read and takes no writes.'

/**
 * A read-only mount takes no locks and maps no page, so it could not follow what others write: ELOCKTIMEOUT when a
 * process has the store open, through another mount of the same file system.
 */
export async function refuseWriters(directory: string): Promise<void> {
  await refuseLivingOwner(directory)
  const holder = await nativeHolder(directory)
  if (holder === undefined) return
  const detail = `process ${holder} has the store open through another mount, and a read-only one cannot follow it`
  throw new DiskError('ELOCKTIMEOUT', 'owner', PRESENCE_FILE, { detail })
}
