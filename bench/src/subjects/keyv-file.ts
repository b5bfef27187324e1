import { join } from 'node:path'
import { encode } from '../plan/document.js'
import { loadPeer } from '../peer.js'
import { keyOf, nameOf } from './paths.js'
import type { Subject } from './subject.js'

interface KeyvFileModule {
  readonly KeyvFile: new (options: { readonly filename: string; readonly writeDelay: number }) => {
    set(key: string, value: string): Promise<unknown>
    get(key: string): Promise<string | undefined>
    disconnect(): Promise<void>
  }
}

/** All values in one JSON file that is rewritten. */
export async function openKeyvFile(directory: string): Promise<Subject> {
  const { KeyvFile } = await loadPeer<KeyvFileModule>('keyv-file')
  const store = new KeyvFile({ filename: join(directory, 'versions.json'), writeDelay: 0 })
  return {
    settings:
      'writeDelay 0; it flushes nothing, and has no option to; a save that comes while the file is being written resolves with that write, though its value is not in it; all values are in memory',
    save: async (document) => await store.set(keyOf(nameOf(document)), encode(document)),
    get: async (name) => {
      const text = await store.get(keyOf(name))
      if (text === undefined) throw new Error('A document that was saved is not there')
      return JSON.parse(text) as object
    },
    close: async () => await store.disconnect(),
  }
}
