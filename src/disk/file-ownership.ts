import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { effectiveUser } from '../base/this-process.js'
import { DiskError } from './disk-error.js'
import { attempt, errorCode } from './node-error.js'

/** The bit by which a directory hands its group on. */
export const SETGID = 0o2000
const WRITABLE_FOR_OTHERS = 0o022

/** The owner and group of a volume's new files and directories, and whose files it may write in place. */
export interface FileOwnership {
  /** Set where the superuser works in another user's store. */
  readonly user: number | undefined
  /** Set where the volume hands its group on (setgid), or `user` is set. */
  readonly group: number | undefined
  /** The bit by which a directory hands its group on, or 0. */
  readonly setgid: number
  readonly volumeUser: number
  /** False if the file system may return an outdated link count. */
  readonly areLinksKnown: boolean
  /** Others may write to the volume: files of any user are its own. */
  readonly isShared: boolean
}

/** For a private volume that this process made. */
export const AS_MADE: FileOwnership = {
  user: undefined,
  group: undefined,
  setgid: 0,
  volumeUser: effectiveUser() ?? 0,
  areLinksKnown: true,
  isShared: false,
}

/** The ownership that the volume's directory implies. Windows has neither users nor groups here. */
export function ownershipOf(
  root: Pick<Stats, 'mode' | 'uid' | 'gid'>,
  areLinksKnown: boolean,
): FileOwnership {
  const current = effectiveUser()
  const setgid = current === undefined ? 0 : root.mode & SETGID
  const user = current === 0 && root.uid !== 0 ? root.uid : undefined
  return {
    user,
    group: setgid !== 0 || user !== undefined ? root.gid : undefined,
    setgid,
    volumeUser: root.uid,
    areLinksKnown,
    isShared: (root.mode & WRITABLE_FOR_OTHERS) !== 0,
  }
}

/** Changes the owner and group of a file where they are not what they should be. */
export async function giveAway(
  file: Pick<FileHandle, 'chown'>,
  path: string,
  found: Pick<Stats, 'uid' | 'gid'>,
  { user = found.uid, group = found.gid }: FileOwnership,
): Promise<void> {
  if (user === found.uid && group === found.gid) return
  await attempt('fchown', path, async () => {
    try {
      await file.chown(user, group)
    } catch (error) {
      // A group that this process is not a member of: where it matters, the directory's setgid bit has set it already.
      if (user !== found.uid || errorCode(error) !== 'EPERM') throw error
    }
  })
}

/**
 * Refuses a file that must not be written in place: EMLINK for one with a second name, through which another file would
 * be written; EPERM from fstat for one that belongs to another user.
 */
export function checkInPlace(
  stat: Pick<Stats, 'nlink' | 'uid'>,
  path: string,
  { volumeUser, areLinksKnown, isShared }: FileOwnership,
): void {
  if (stat.nlink > 1 && areLinksKnown)
    throw new DiskError('EMLINK', 'open', path, { phase: 'inspect' })
  const current = effectiveUser()
  if (current === undefined || isShared) return
  if (![current, volumeUser, 0].includes(stat.uid))
    throw new DiskError('EPERM', 'fstat', path, { phase: 'inspect' })
}
