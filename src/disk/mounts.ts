import { realpath } from 'node:fs/promises'
import { readProc } from './proc.js'

/** A line of /proc/self/mountinfo. */
export interface Mount {
  readonly point: string
  readonly major: bigint
  readonly minor: bigint
  readonly type: string
  /** The options of the mount and of the file system. */
  readonly options: readonly string[]
}

export const READ_ONLY_WARNING =
  'The file system is mounted read-only: the store can be read and takes no writes.'

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

/** What is mounted here, in the order of mounting; empty if the system does not say. */
export async function readMounts(): Promise<readonly Mount[]> {
  return parseMounts((await readProc('/proc/self/mountinfo')) ?? '')
}

export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    // "36 35 98:0 /root /mount/point rw,noatime shared:1 - ext4 /dev/sda1 rw,nobarrier"
    const match = /^\d+ \d+ (\d+):(\d+) \S+ (\S+) (\S+) (?:\S+ )*?- (\S+) \S+ (\S+)$/.exec(line)
    if (match === null) return []
    const [, major = '0', minor = '0', point = '', own = '', type = '', whole = ''] = match
    return [
      {
        point: unescape(point),
        major: BigInt(major),
        minor: BigInt(minor),
        type,
        options: [...own.split(','), ...whole.split(',')].map(unescape),
      },
    ]
  })
}

/** The deepest mount above the path, which has no links in it; of several on one point the last hides the others. */
export function mountAbove(mounts: readonly Mount[], path: string): Mount | undefined {
  let found: Mount | undefined
  for (const mount of mounts)
    if (isBelow(path, mount.point) && mount.point.length >= (found?.point.length ?? 0))
      found = mount
  return found
}

function isBelow(path: string, point: string): boolean {
  return path === point || path.startsWith(point === '/' ? point : `${point}/`)
}

function unescape(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)))
}
