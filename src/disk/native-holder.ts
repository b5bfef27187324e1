import { lstat, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PRESENCE_FILE } from '../document/layout.js'
import { mountAbove, readMounts } from './mounts.js'
import { attempt, attemptPresent } from './portable-error.js'

/** The process that has the store open through the native disk: it holds a kernel lock on the presence file. */
export async function nativeHolder(directory: string): Promise<number | undefined> {
  // Who cannot look must not take the store for free.
  const stat = await attemptPresent(
    'stat',
    PRESENCE_FILE,
    async () => await lstat(join(directory, PRESENCE_FILE), { bigint: true }),
  )
  const locks = await readFile('/proc/locks', 'utf8').catch(() => undefined)
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
 * The device of the file system that `directory` lies on, as /proc/locks names it. Not what stat says: on btrfs that
 * is the subvolume's, on overlay the layer's.
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
