import { join } from 'node:path'
import { encode } from '../plan/document.js'
import { loadPeer } from '../peer.js'
import { keyOf, nameOf } from './paths.js'
import type { Subject } from './subject.js'

interface LmdbModule {
  open(options: {
    readonly path: string
    readonly encoding: 'string'
    readonly overlappingSync: boolean
    readonly mapSize: number
  }): LmdbDatabase
}

interface LmdbDatabase {
  put(key: string, value: string): Promise<boolean>
  get(key: string): string | undefined
  getRange(range: { readonly start: string; readonly end: string }): {
    readonly asArray: readonly { readonly value: string }[]
  }
  transaction(work: () => void): Promise<void>
  close(): Promise<void>
}

const MAP_BYTES = 8 * 1024 ** 3

/** Without overlappingSync, a promise resolves when its transaction was flushed, not when it is visible. */
export async function openLmdb(directory: string): Promise<Subject> {
  const { open } = await loadPeer<LmdbModule>('lmdb')
  const database = open({
    path: join(directory, 'versions.mdb'),
    encoding: 'string',
    overlappingSync: false,
    mapSize: MAP_BYTES,
  })
  return {
    settings:
      'overlappingSync false, so that a promise resolves after the flush; values are JSON text; batches what waits by itself',
    save: async (document) => await database.put(keyOf(nameOf(document)), encode(document)),
    saveBatch: async (documents) =>
      await database.transaction(() => {
        // Inside of a transaction a put is done at once, and its promise is that of the transaction.
        for (const document of documents)
          void database.put(keyOf(nameOf(document)), encode(document))
      }),
    get: (name) => parse(database.get(keyOf(name))),
    // '0' is the character after '/'.
    list: (promptId) =>
      database
        .getRange({ start: `${promptId}/`, end: `${promptId}0` })
        .asArray.map(({ value }) => parse(value)),
    close: async () => await database.close(),
  }
}

function parse(text: string | undefined): object {
  if (text === undefined) throw new Error('A document that was saved is not there')
  return JSON.parse(text) as object
}
