import { encode } from '../plan/document.js'
import { loadPeer } from '../peer.js'
import { keyOf, nameOf } from './paths.js'
import type { Subject } from './subject.js'

interface CacacheModule {
  readonly default: {
    put(directory: string, key: string, content: string | Uint8Array): Promise<unknown>
    get(directory: string, key: string): Promise<{ readonly data: Buffer }>
  }
}

/** What npm keeps packages in: content by its digest, found through index files. */
export async function openCacache(directory: string): Promise<Subject> {
  const { default: cacache } = await loadPeer<CacacheModule>('cacache')
  return {
    settings: 'defaults; it flushes nothing, and has no option to',
    save: async (document) =>
      await cacache.put(directory, keyOf(nameOf(document)), encode(document)),
    get: async (name) => {
      const { data } = await cacache.get(directory, keyOf(name))
      return JSON.parse(data.toString()) as object
    },
    putFile: async (name, bytes) => await cacache.put(directory, name, bytes),
    getFile: async (name) => (await cacache.get(directory, name)).data,
    close: () => {},
  }
}
