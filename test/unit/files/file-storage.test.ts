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
  name: 'in memory',
  persistent: false,
  shared: false,
  filesMany: 1100,
  makePlace: async () => ({ backend: 'memory' }),
})
