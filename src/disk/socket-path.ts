import { constants } from 'node:fs'
import { access, mkdtemp, open, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { platform } from 'node:process'

/** Of `sun_path`, with its closing zero: 108 on Linux, 104 on macOS and the BSDs. A longer path is cut silently. */
const SOCKET_PATH_BYTES_MAX = (platform === 'linux' ? 108 : 104) - 1

const DESCRIPTORS = '/proc/self/fd'

/**
 * Runs `work` with a path of the socket `path` below `directory` that is short enough for the kernel: its own, one
 * through an open descriptor of the directory, or one through a symbolic link in the system's temporary directory.
 * `undefined` if there is none.
 */
export async function withSocketPath<T>(
  directory: string,
  path: string,
  work: (path: string) => Promise<T>,
): Promise<T | undefined> {
  const own = join(directory, path)
  if (Buffer.byteLength(own) <= SOCKET_PATH_BYTES_MAX) return await work(own)
  return (await hasDescriptors())
    ? await throughDescriptor(directory, path, work)
    : await throughLink(directory, path, work)
}

async function hasDescriptors(): Promise<boolean> {
  return await access(DESCRIPTORS).then(
    () => true,
    () => false,
  )
}

async function throughDescriptor<T>(
  directory: string,
  path: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    return await work(`${DESCRIPTORS}/${handle.fd}/${path}`)
  } finally {
    await handle.close()
  }
}

async function throughLink<T>(
  directory: string,
  path: string,
  work: (path: string) => Promise<T>,
): Promise<T | undefined> {
  const place = await mkdtemp(join(tmpdir(), 'holdfast-')).catch(() => undefined)
  if (place === undefined) return undefined
  try {
    await symlink(directory, join(place, 'd'))
    const short = join(place, 'd', path)
    return Buffer.byteLength(short) <= SOCKET_PATH_BYTES_MAX ? await work(short) : undefined
  } finally {
    await rm(place, { recursive: true })
  }
}
