import { realpath } from 'node:fs/promises'
import { mountAbove, readMounts, type Mount } from './mounts.js'

const OVERLAY = 'overlay'
/** Mount options with which a file system does not wait for its disk on a flush. */
const DROPPED: ReadonlyMap<string, RegExp> = new Map([
  [OVERLAY, /^(volatile|fsync=volatile)$/],
  ['bcachefs', /^journal_flush_disabled$/],
])
const WITHOUT_BARRIER = /^(nobarrier|barrier=(0|none)|fsync_mode=nobarrier)$/

/** A sentence if the file system of the directory is mounted so that flushes do nothing. */
export async function droppedFlushWarning(directory: string): Promise<string | undefined> {
  const path = await realpath(directory).catch(() => directory)
  const dropping = droppingOption(await readMounts(), path)
  return (
    dropping &&
    `The file system (${dropping.type}) is mounted with "${dropping.option}", which drops flushes: what was acknowledged does not survive loss of power.`
  )
}

/** The option that drops flushes below the path, and the type of its file system. */
export function droppingOption(
  mounts: readonly Mount[],
  path: string,
): { readonly type: string; readonly option: string } | undefined {
  const mount = mountAbove(mounts, path)
  if (mount === undefined) return undefined
  const option = optionOf(mount)
  if (option !== undefined || mount.type !== OVERLAY) return option
  // Its files are in another file system. In a container that one is not visible: then the path leads back here.
  const upper = mount.options
    .find((each) => each.startsWith('upperdir='))
    ?.slice('upperdir='.length)
  const below = upper === undefined ? undefined : mountAbove(mounts, upper)
  return below === undefined || below === mount ? undefined : optionOf(below)
}

function optionOf({
  type,
  options,
}: Mount): { readonly type: string; readonly option: string } | undefined {
  const option = options.find((each) => (DROPPED.get(type) ?? WITHOUT_BARRIER).test(each))
  return option === undefined ? undefined : { type, option }
}
