import { randomBytes } from 'node:crypto'
import { describe } from 'vitest'
import { changingBehaviour } from './changing.js'
import { concurrentBehaviour } from './concurrency.js'
import { describingBehaviour } from './describing.js'
import { listingBehaviour } from './listing.js'
import { namingBehaviour } from './naming.js'
import { openingBehaviour } from './opening.js'
import { streamingBehaviour } from './streaming.js'
import { suiteCase, type StorageSettings, type StorageSubject } from './subject.js'
import { valueBehaviour } from './values.js'
import { versioningBehaviour } from './versioning.js'

/** The two that differ in everything. */
export const FAR_SETTINGS: readonly StorageSettings[] = [
  { name: 'as by default', config: {}, longLists: true },
  {
    name: 'encrypted, without compression and cache',
    config: {
      enable_encryption: true,
      encryption_key: randomBytes(32),
      enable_compression: false,
      enable_cache: false,
    },
  },
]

export const ALL_SETTINGS: readonly StorageSettings[] = [
  ...FAR_SETTINGS,
  {
    name: 'without compression and cache',
    config: { enable_compression: false, enable_cache: false },
  },
  {
    name: 'encrypted by a passphrase',
    config: { enable_encryption: true, encryption_key: 'k'.repeat(12) },
  },
]

/**
 * One list of behaviours for `FileStorage`, wherever it keeps its files and however: what holds in a directory holds in
 * a bucket.
 */
export function fileStorageSuite(
  subject: StorageSubject,
  settings: readonly StorageSettings[] = FAR_SETTINGS,
): void {
  for (const setting of settings) {
    describe(`a file storage ${subject.name}, ${setting.name}`, () => {
      const suite = suiteCase(subject, setting)
      valueBehaviour(suite)
      describingBehaviour(suite)
      changingBehaviour(suite)
      concurrentBehaviour(suite)
      streamingBehaviour(suite)
      namingBehaviour(suite)
      listingBehaviour(suite)
      openingBehaviour(suite)
      if (subject.keepsVersions !== false) versioningBehaviour(suite)
    })
  }
}
