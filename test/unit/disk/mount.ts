import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { tempDirectory } from '../../support/temp.js'

/** Why a test that mounts or changes its user cannot run. */
export const NEEDS_ROOT = 'needs root: it mounts a file system or becomes another user'

/** Mounts a tmpfs over `directory` for the length of the test. Its root would be open to every user otherwise. */
export async function mountTmpfs(directory: string, options: string): Promise<string> {
  run('mount', ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'tmpfs', directory])
  // Before the directory's own removal, which was registered earlier: hooks run last in, first out.
  onTestFinished(() => run('umount', ['--lazy', directory]))
  return await Promise.resolve(directory)
}

/** Mounts an empty btrfs for the length of the test. */
export async function mountBtrfs(): Promise<string> {
  const directory = await tempDirectory()
  const image = join(await tempDirectory(), 'disk.img')
  run('truncate', ['-s', '128M', image])
  run('mkfs.btrfs', ['-q', image])
  run('mount', ['-o', 'loop', image, directory])
  onTestFinished(() => run('umount', ['--lazy', directory]))
  return directory
}

/** Mounts an empty ext4 for the length of the test, unless that unmounts it. */
export async function mountExt4(...options: readonly string[]): Promise<string> {
  const directory = await tempDirectory()
  const image = join(await tempDirectory(), 'disk.img')
  run('truncate', ['-s', '64M', image])
  run('mkfs.ext4', ['-q', '-F', image])
  run('mount', ['-t', 'ext4', '-o', ['loop', ...options].join(), image, directory])
  onTestFinished(() => {
    if (isMountPoint(directory)) run('umount', ['--lazy', directory])
  })
  return directory
}

/** Mounts an empty XFS for the length of the test. */
export async function mountXfs(): Promise<string> {
  const directory = await tempDirectory()
  const image = join(await tempDirectory(), 'disk.img')
  run('truncate', ['-s', '320M', image])
  run('mkfs.xfs', ['-q', image])
  run('mount', ['-t', 'xfs', '-o', 'loop', image, directory])
  onTestFinished(() => run('umount', ['--lazy', directory]))
  return directory
}

/** FS_IOC_SHUTDOWN: as after an I/O error of its own, the file system answers nothing any more. */
export function shutDown(mount: string): void {
  run('xfs_io', ['-x', '-c', 'shutdown', mount])
}

/** Fails while anything in the mount is open or mapped. */
export function unmount(mount: string): void {
  run('umount', [mount])
}

/** Mounts an overlay whose layers are in `base`, for the length of the test. */
export async function mountOverlay(base: string, ...options: readonly string[]): Promise<string> {
  const place = (name: string): string => join(base, name)
  for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(place(name))
  const layers = [`lowerdir=${place('lower')}`, `upperdir=${place('upper')}`]
  const all = [...layers, `workdir=${place('work')}`, ...options].join()
  run('mount', ['-t', 'overlay', '-o', all, 'overlay', place('merged')])
  onTestFinished(() => run('umount', ['--lazy', place('merged')]))
  return place('merged')
}

function isMountPoint(directory: string): boolean {
  return spawnSync('mountpoint', ['--quiet', directory]).status === 0
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
}
