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
