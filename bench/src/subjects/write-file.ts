import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenSubject } from './subject.js'

export const openWriteFile: OpenSubject = async (directory) => {
  return await Promise.resolve({
    settings: 'fs.promises.writeFile at the name itself, no flush; fs.promises.readFile',
    putFile: async (name: string, bytes: Uint8Array) =>
      await writeFile(join(directory, name), bytes),
    getFile: async (name: string) => await readFile(join(directory, name)),
    close: () => {},
  })
}
