import { lstat, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PRESENCE_FILE } from '../document/layout.js'
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
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  let found: { readonly point: string; readonly device: bigint } | undefined
  for (const line of mounts.split('\n')) {
    // "36 35 98:0 /root /mount/point rw,noatime ..."
    const match = /^\d+ \d+ (\d+):(\d+) \S+ (\S+) /.exec(line)
    if (match === null) continue
    const [, major = '0', minor = '0', escaped = ''] = match
    const point = escaped.replace(/\\(\d{3})/g, (_, octal) =>
      String.fromCharCode(parseInt(octal, 8)),
    )
    // The deepest mount above the directory; of several on one point the last hides the others.
    if (!isBelow(directory, point) || point.length < (found?.point.length ?? 0)) continue
    found = { point, device: deviceNumber(BigInt(major), BigInt(minor)) }
  }
  return found?.device
}

function isBelow(directory: string, point: string): boolean {
  return directory === point || directory.startsWith(point === '/' ? point : `${point}/`)
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
