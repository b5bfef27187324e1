import type { Volume } from '../../disk/disk.js'

/** Removes a directory with everything in it; of links only the links. */
export async function removeTree(
  volume: Pick<Volume, 'list' | 'remove' | 'removeDirectory'>,
  path: string,
): Promise<void> {
  for (const { name, kind } of (await volume.list(path)) ?? []) {
    const below = `${path}/${name}`
    if (kind === 'directory') await removeTree(volume, below)
    else await volume.remove(below)
  }
  await volume.removeDirectory(path)
}
