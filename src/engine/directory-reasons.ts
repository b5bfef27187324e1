import { toError } from '../base/values.js'
import { spaceProblem, usedPercent } from './disk-space.js'
import type { Store } from './store.js'

const MIB = 1024 * 1024

/** Something that is wrong with a directory. */
export interface DirectoryReason {
  /** `unhealthy`: calls fail. `degraded`: they succeed, though not all is as it should be. */
  readonly status: 'degraded' | 'unhealthy'
  /**
   * `directory-missing`, `directory-replaced`: the path of the directory is missing, or leads to something else, while
   * this process works in the one it opened. `portable-disk`: instead of the native one, unasked.
   */
  readonly code:
    | 'directory-missing'
    | 'directory-replaced'
    | 'disk'
    | 'portable-disk'
    | 'read-only'
    | 'no-space'
    | 'space-low'
    | 'space-critical'
    | 'background-errors'
  readonly message: string
}

/**
 * What is wrong with the directory of a store, its disk and its addon.
 * @param markFile the file that makes the directory a store of its kind
 */
export async function directoryReasons(
  directory: Store,
  minFreeMb: number,
  markFile: string,
): Promise<DirectoryReason[]> {
  const { state, cause, backgroundErrors, openedReadOnly, capabilities } = directory.health()
  const reasons: DirectoryReason[] = []
  try {
    const found =
      (await placeReason(directory, markFile)) ??
      (openedReadOnly === 'option' ? undefined : await spaceReason(directory, minFreeMb)) ??
      (await fillReason(directory))
    if (found !== undefined) reasons.push(found)
  } catch (error) {
    reasons.push({ status: 'unhealthy', code: 'disk', message: toError(error).message })
  }
  if (state !== 'ok' && openedReadOnly !== 'option')
    reasons.push({
      status: 'unhealthy',
      code: 'read-only',
      message: `Nothing can be stored: ${cause?.message ?? state}`,
    })
  if (capabilities.fallback !== undefined)
    reasons.push({
      status: 'degraded',
      code: 'portable-disk',
      message: `The addon does not load, so one process alone is served, and more slowly: ${capabilities.fallback}`,
    })
  if (backgroundErrors > 0)
    reasons.push({
      status: 'degraded',
      code: 'background-errors',
      message: `${backgroundErrors} failures of work that no call awaits`,
    })
  return reasons
}

async function fillReason(directory: Store): Promise<DirectoryReason | undefined> {
  const room = spaceProblem(usedPercent(await directory.space()))
  return room && { status: 'degraded', ...room }
}

async function placeReason(
  { volume, path }: Store,
  markFile: string,
): Promise<DirectoryReason | undefined> {
  if ((await volume.stat(markFile)) === undefined)
    return {
      status: 'unhealthy',
      code: 'directory-missing',
      message: `The store in '${path}' was removed`,
    }
  if (await volume.isInPlace()) return undefined
  return {
    status: 'unhealthy',
    code: 'directory-replaced',
    message: `'${path}' does not lead any more to the directory that is open: it was moved away, replaced or mounted over. Close the storage, restore the path and open it again`,
  }
}

async function spaceReason(
  directory: Store,
  minFreeMb: number,
): Promise<DirectoryReason | undefined> {
  const freeMb = (await directory.space()).freeBytes / MIB
  if (freeMb >= minFreeMb) return undefined
  return {
    status: 'unhealthy',
    code: 'no-space',
    message: `${Math.floor(freeMb)} MB are free, and option "minFreeMb" asks for ${minFreeMb}: stores are refused`,
  }
}
