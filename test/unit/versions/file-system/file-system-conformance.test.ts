import { describe, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import type { FileSystemStorageOptions } from '../../../../src/versions/file-system/file-system-options.js'
import { versionStorageConformance } from '../../../../src/versions/conformance.js'
import { busyDisk } from '../../../support/busy-disk.js'
import { tempDirectory } from '../../../support/temp.js'

const VARIANTS: Readonly<Record<string, Partial<FileSystemStorageOptions>>> = {
  'FileSystemStorage, native': { disk: 'native' },
  'FileSystemStorage, portable': { disk: 'portable' },
  'FileSystemStorage, sharded': { enableSharding: true },
  'FileSystemStorage, without index': { useIndex: false },
  'FileSystemStorage, without cache': { useCache: false },
  'FileSystemStorage, with a later version of its schema, validated on read': {
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

for (const [name, options] of Object.entries(VARIANTS)) {
  versionStorageConformance(
    {
      name,
      persistent: true,
      sharesObjects: options.useCache !== false,
      makePlace: async () => {
        const storageDir = await tempDirectory()
        const busy = busyDisk(options.disk === 'portable' ? 'portable' : 'native')
        return {
          open: async () =>
            await FileSystemStorage.open({ storageDir, ...options, disk: busy.disk }),
          failNext: busy.failNext,
        }
      },
    },
    { describe, it },
  )
}
