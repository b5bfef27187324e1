import { afterEach } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import type { FileSystemStorageOptions } from '../../../../src/versions/file-system/file-system-options.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { tempDirectory } from '../../../support/temp.js'
import type { PromptRegistryOptions } from '../../../../src/versions/registry/registry-options.js'

/** A clock that goes on by a second with each look at it. */
export function ticking(): () => Date {
  let time = Date.parse('2025-01-17T10:00:00.000Z')
  return () => new Date((time += 1000))
}

interface Made {
  readonly registry: PromptRegistry
  readonly storage: MemoryStorage | FileSystemStorage
}

type Make = (options?: Partial<PromptRegistryOptions>) => Promise<Made>

/** A registry over each kind of storage. */
export const REGISTRIES: readonly (readonly [name: string, make: Make])[] = [
  ['memory', async (options) => await Promise.resolve(memoryRegistry(options))],
  ['native files', async (options) => await fileRegistry({ disk: 'native' }, options)],
  ['portable files', async (options) => await fileRegistry({ disk: 'portable' }, options)],
  [
    'sharded files with trash and without index',
    async (options) =>
      await fileRegistry({ enableSharding: true, useIndex: false, enableTrash: true }, options),
  ],
]

const opened: FileSystemStorage[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (storage) => await storage.close()))
})

async function fileRegistry(
  settings: Partial<FileSystemStorageOptions>,
  options: Partial<PromptRegistryOptions> = {},
): Promise<Made> {
  const storageDir = await tempDirectory()
  const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0, ...settings })
  opened.push(storage)
  return { storage, registry: new PromptRegistry({ storage, now: ticking(), ...options }) }
}

export function memoryRegistry(options: Partial<PromptRegistryOptions> = {}): {
  readonly registry: PromptRegistry
  readonly storage: MemoryStorage
} {
  const storage = new MemoryStorage()
  return { storage, registry: new PromptRegistry({ storage, now: ticking(), ...options }) }
}
