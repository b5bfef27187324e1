import { rename } from 'node:fs/promises'
import { attempt } from '../node-error.js'
import { isNetworkFileSystem } from './probe.js'
import { listDirectory, readFileRange } from './read.js'
import type { PortableRoot } from './root.js'
import { removeEmptyDirectory, removeFile } from './write.js'
import type { SignPlace } from '../sign-of-life.js'

/** The signs of life of a store, through node:fs. */
export async function portableSignPlace(root: PortableRoot): Promise<SignPlace> {
  return {
    directory: root.directory,
    fileMode: root.fileMode,
    isRemote: await isNetworkFileSystem(root),
    makeDirectory: async (path) => await root.makeDirectory(path),
    list: async (path) => await listDirectory(root, path),
    readStart: async (path, bytes) => await readFileRange(root, path, 0, bytes),
    rename: async (from, to) => {
      const [source, target] = [root.absolute(from), root.absolute(to)]
      await attempt('rename', to, async () => await rename(source, target), 'name')
    },
    remove: async (path) => await removeFile(root, path),
    removeDirectory: async (path) => await removeEmptyDirectory(root, path),
  }
}
