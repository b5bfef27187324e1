import { describe, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import type { FileSystemStorageOptions } from '../../../../src/versions/file-system/file-system-options.js'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../../src/versions/conformance.js'
import type { ConformanceSubject } from '../../../../src/versions/conformance/subject.js'
import { afterSaving, turning } from './moved-subjects.js'
import { busyDisk } from '../../../support/busy-disk.js'
import { tempDirectory } from '../../../support/temp.js'

const VARIANTS: Readonly<Record<string, Partial<FileSystemStorageOptions>>> = {
  'FileSystemStorage, native': { disk: 'native' },
  'FileSystemStorage, portable': { disk: 'portable' },
  'FileSystemStorage, sharded': { enableSharding: true },
  'FileSystemStorage, without index': { useIndex: false },
  'FileSystemStorage, without cache, with a later version of its schema, validated on read': {
    useCache: false,
    schemaInfo: { name: 'prompts', version: 2 },
    validateOnRead: true,
    upgrade: (document) => document,
  },
  'FileSystemStorage, with trash and small segments': {
    enableTrash: true,
    segmentBytes: 64 * 1024,
    journalBytes: 64 * 1024,
  },
}

/** What is done to the files of a store after each save. */
const MOVES: Readonly<Record<string, (storage: FileSystemStorage) => () => Promise<unknown>>> = {
  compressed: (storage) => async () => await storage.compress(),
  resharded: (storage) => {
    let times = 0
    return async () => await storage.reshard({ enabled: times++ % 2 === 0 })
  },
  'compressed and being resharded': (storage) => {
    const turn = turning(storage)
    return async () => {
      await storage.compress()
      await turn()
    }
  },
}

const ALL = Object.entries(VARIANTS).map(([name, options]) => ({ name, options, move: undefined }))
const MOVED_VARIANTS: readonly (readonly [string, Partial<FileSystemStorageOptions>])[] = [
  ['compressed', {}],
  ['compressed', { disk: 'portable', enableTrash: true }],
  ['resharded', { useIndex: false }],
  // A second handle turns the direction, and the portable disk opens a store once.
  ['compressed and being resharded', {}],
]

const MOVED = MOVED_VARIANTS.map(([how, options]) => ({
  name: `FileSystemStorage, ${how}, with ${JSON.stringify(options)}`,
  options,
  move: MOVES[how],
}))

for (const { name, options, move } of [...ALL, ...MOVED]) {
  const subject: ConformanceSubject = {
    name,
    persistent: true,
    reportsMoves: true,
    sharesObjects: options.useCache !== false,
    // The portable disk opens a store once, and a store is resharded in one direction at a time.
    ...(options.disk === 'portable' || move === MOVES['resharded']
      ? {}
      : { handles: { coherence: 'nextCall' as const } }),
    makePlace: async () => {
      const storageDir = await tempDirectory()
      const busy = busyDisk(options.disk === 'portable' ? 'portable' : 'native')
      return {
        open: async () => {
          const storage = await FileSystemStorage.open({
            storageDir,
            ...options,
            disk: busy.disk,
          })
          if (move !== undefined) afterSaving(storage, move(storage))
          return storage
        },
        failNext: busy.failNext,
      }
    },
  }
  versionStorageConformance(subject, { describe, it })
  promptRegistryConformance(subject, { describe, it })
}
