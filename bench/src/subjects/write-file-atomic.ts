import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { documentAt, encode, promptAt, PROMPTS, versionAt } from '../document.js'
import { loadPeer } from '../peer.js'
import type { Subject } from './subject.js'

interface WriteFileAtomicModule {
  readonly default: (path: string, text: string) => Promise<unknown>
}

/** What most Node programs take for a safe write: a temporary file, its fsync, a rename. */
export async function openWriteFileAtomic(directory: string): Promise<Subject> {
  const { default: writeFileAtomic } = await loadPeer<WriteFileAtomicModule>('write-file-atomic')
  for (let at = 0; at < PROMPTS; at++) await mkdir(join(directory, promptAt(at)))
  const pathAt = (at: number): string => join(directory, promptAt(at), `${versionAt(at)}.json`)
  return {
    settings:
      'fsync true (its default); it does not flush the directory, so a power cut may take the name away; reads are fs.promises.readFile',
    save: async (at) => void (await writeFileAtomic(pathAt(at), encode(documentAt(at)))),
    get: async (at) => JSON.parse(await readFile(pathAt(at), 'utf8')) as unknown,
    close: async () => {},
  }
}
