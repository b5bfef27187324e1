import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PRESENCE_FILE } from '../../format/layout.js'
import { judgeEntry, listSigns } from '../liveness.js'
import { mountAbove, readMounts } from '../mounts.js'
import { attempt, attemptPresent } from '../node-error.js'
import type { Life } from '../process-start.js'
import { readProc } from '../proc.js'
import { parseSignName, type SignPlace } from '../sign-of-life.js'

/** A process that has the store open through the native disk, or may have. */
export interface NativeHolder {
  readonly pid: number
  readonly life: Life
}

/** The first process found that has the store open through the native disk: its sign of life answers. */
export async function nativeHolder(place: SignPlace): Promise<NativeHolder | undefined> {
  for (const sign of await listSigns(place, 'native')) {
    const parsed = parseSignName(sign.name)
    if (parsed === undefined) continue
    const life = await judgeEntry(place, sign)
    if (life !== 'dead') return { pid: parsed.pid, life }
  }
  const pid = await lockHolder(place.directory)
  return pid === undefined ? undefined : { pid, life: 'alive' }
}

/**
 * A process of an earlier version leaves no sign, nor does one that found the disk full. It holds a kernel lock on the
 * presence file, which is visible only within its PID namespace, and only where there is a /proc.
 */
async function lockHolder(directory: string): Promise<number | undefined> {
  // A process that cannot look must not treat the store as free.
  const stat = await attemptPresent(
    'stat',
    PRESENCE_FILE,
    async () => await lstat(join(directory, PRESENCE_FILE), { bigint: true }),
  )
  const locks = await readProc('/proc/locks')
  if (stat === undefined || locks === undefined) return undefined
  const mounted = await mountedDevice(
    await attempt('realpath', '', async () => await realpath(directory)),
  )
  for (const line of locks.split('\n')) {
    // "1: FLOCK  ADVISORY  WRITE 4551 fe:00:2146397 0 EOF"
    const match = /FLOCK\s.*\s(-?\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) /.exec(line)
    if (match === null || match[4] !== String(stat.ino)) continue
    const device = deviceNumber(BigInt(`0x${match[2]}`), BigInt(`0x${match[3]}`))
    if (device === (mounted ?? stat.dev)) return Number(match[1])
  }
  return undefined
}

/**
 * The device of the file system that holds `directory`, as /proc/locks names it. Not the one of stat: on btrfs that is
 * the subvolume's, on overlay the layer's.
 */
async function mountedDevice(directory: string): Promise<bigint | undefined> {
  const mount = mountAbove(await readMounts(), directory)
  return mount && deviceNumber(mount.major, mount.minor)
}

/** As the kernel packs it for stat. */
function deviceNumber(major: bigint, minor: bigint): bigint {
  return (
    (minor & 0xffn) |
    ((major & 0xfffn) << 8n) |
    ((minor & ~0xffn) << 12n) |
    ((major & ~0xfffn) << 32n)
  )
}
