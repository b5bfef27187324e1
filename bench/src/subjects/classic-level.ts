import { join } from 'node:path'
import { encode } from '../plan/document.js'
import { loadPeer } from '../peer.js'
import { keyOf, nameOf } from './paths.js'
import type { Subject } from './subject.js'

interface LevelModule {
  readonly ClassicLevel: new (path: string) => LevelDatabase
}

interface LevelDatabase {
  open(): Promise<void>
  put(key: string, value: string, options: { readonly sync: boolean }): Promise<void>
  batch(
    operations: readonly { readonly type: 'put'; readonly key: string; readonly value: string }[],
    options: { readonly sync: boolean },
  ): Promise<void>
  get(key: string): Promise<string | undefined>
  close(): Promise<void>
}

const FLUSHED = { sync: true } as const

export async function openLevel(directory: string): Promise<Subject> {
  const { ClassicLevel } = await loadPeer<LevelModule>('classic-level')
  const database = new ClassicLevel(join(directory, 'versions.level'))
  await database.open()
  return {
    settings: 'sync true for each put and batch; values are JSON text',
    save: async (document) =>
      await database.put(keyOf(nameOf(document)), encode(document), FLUSHED),
    saveBatch: async (documents) =>
      await database.batch(
        documents.map((document) => ({
          type: 'put',
          key: keyOf(nameOf(document)),
          value: encode(document),
        })),
        FLUSHED,
      ),
    get: async (name) => {
      const text = await database.get(keyOf(name))
      if (text === undefined) throw new Error('A document that was saved is not there')
      return JSON.parse(text) as object
    },
    close: async () => await database.close(),
  }
}
