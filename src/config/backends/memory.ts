import { wrongArgument } from '../../base/misuse.js'
import { booleanOption } from '../../base/options.js'
import { MemoryStorage } from '../../versions/memory-storage.js'
import type { VersionDocument, VersionSchema } from '../../versions/version-storage.js'
import type { Backend, OpenRequest } from './backend.js'

/** `memory:` */
export const memoryBackend: Backend = { settings: [], paths: [], open: openMemory }

async function openMemory({ options }: OpenRequest): Promise<MemoryStorage<VersionDocument>> {
  const { create, readOnly, ...documents } = options
  booleanOption('create', create, true)
  if (booleanOption('readOnly', readOnly, false))
    throw wrongArgument('Option "readOnly" must be false for memory:, which is empty at first')
  // Without a schema, its documents are PromptVersions.
  return new MemoryStorage<VersionDocument>(
    documents as typeof documents & VersionSchema<VersionDocument>,
  )
}
