import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encode, promptAt, PROMPTS } from '../plan/document.js'
import { loadPeer } from '../peer.js'
import { keyOf, pathOf } from './paths.js'
import type { Subject } from './subject.js'

interface WriteFileAtomicModule {
  readonly default: (path: string, content: string | Uint8Array) => Promise<unknown>
}

/** What most Node programs take for a safe write: a temporary file, its fsync, a rename. */
export async function openWriteFileAtomic(directory: string): Promise<Subject> {
  const { default: writeFileAtomic } = await loadPeer<WriteFileAtomicModule>('write-file-atomic')
  for (let at = 0; at < PROMPTS; at++) {
    await mkdir(join(directory, promptAt(at)), { recursive: true })
  }
  return {
    settings:
      'fsync true (its default); it does not flush the directory, so a power cut may take the name away; reads are fs.promises.readFile',
    save: async (document) =>
      await writeFileAtomic(join(directory, pathOf(document)), encode(document)),
    get: async (name) =>
      JSON.parse(await readFile(join(directory, `${keyOf(name)}.json`), 'utf8')) as unknown,
    putFile: async (name, bytes) => await writeFileAtomic(join(directory, name), bytes),
    close: () => {},
  }
}
