import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite'
import { Keyv } from 'keyv'
import * as vitest from 'vitest'
import { KeyvHoldfast } from '../../../src/adapters/keyv.js'
import type { FileStorageConfig } from '../../../src/files/config.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { tempDirectory } from '../../support/temp.js'

const PLACES: Record<string, FileStorageConfig> = {
  directory: {},
  'portable disk': { disk: 'portable' },
  memory: { backend: 'memory' },
  'encrypted directory': { enable_encryption: true, encryption_key: Buffer.alloc(32, 7) },
}

// Keyv's own suite. Its tests make a store each, all of them over the same files.
vitest.describe.each(Object.entries(PLACES))('Keyv over a %s', (_, config) => {
  let storage: FileStorage
  vitest.beforeAll(async () => {
    storage = await FileStorage.open({ local_storage_path: await tempDirectory(), ...config })
  })
  vitest.afterAll(async () => await storage.close())
  const store = (): KeyvHoldfast => new KeyvHoldfast({ storage })
  keyvTestSuite(vitest, Keyv, store)
  keyvIteratorTests(vitest, Keyv, store)
})
