import { expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { MapFiles } from '../../../examples/backends/map-files.js'
import { tempDirectory } from '../../support/temp.js'
import { ALL_SETTINGS, fileStorageSuite } from './suite/suite.js'

fileStorageSuite(
  {
    name: 'in a directory on the native disk',
    persistent: true,
    shared: true,
    filesMany: 1100,
    makePlace: async () => ({ local_storage_path: await tempDirectory(), disk: 'native' }),
  },
  ALL_SETTINGS,
)

fileStorageSuite({
  name: 'in a directory on the portable disk',
  persistent: true,
  shared: false,
  filesMany: 1100,
  makePlace: async () => ({ local_storage_path: await tempDirectory(), disk: 'portable' }),
})

fileStorageSuite({
  name: 'in a backend of your own',
  keepsVersions: false,
  persistent: false,
  shared: false,
  filesMany: 1100,
  makePlace: async () => ({ backend: new MapFiles() }),
})

fileStorageSuite({
  name: 'in memory',
  persistent: false,
  shared: false,
  filesMany: 1100,
  makePlace: async () => ({ backend: 'memory' }),
})

it('keeps versions only where the backend does', async () => {
  const backend = new MapFiles()
  await expect(FileStorage.open({ backend, keepVersions: 3 })).rejects.toThrow(
    /"keepVersions" needs a backend that keeps versions/,
  )
})
