import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freshHead } from '../../../../src/server/port/fresh-head.js'
import { SqliteStorage } from '../../../../src/sqlite/sqlite-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import type { VersionStore } from '../../../../src/versions/version-store.js'
import { tempDirectory } from '../../../support/temp.js'

it.each(['memory', 'sqlite'])(
  'a fresh head is read from every kind of storage: %s',
  async (kind) => {
    const file = join(await tempDirectory(), 'prompts.db')
    await using storage: VersionStore =
      kind === 'memory' ? new MemoryStorage() : await SqliteStorage.open({ file })
    expect(await freshHead(storage, 'p')).toBeUndefined()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await new PromptRegistry({ storage }).label('p', 'production', '1.0.0')
    expect((await freshHead(storage, 'p'))?.labels['production']?.version).toBe('1.0.0')
  },
)
