import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import type { PromptRegistryOptions } from '../../../../src/versions/registry/registry-options.js'

/** A clock that goes on by a second with each look at it. */
export function ticking(): () => Date {
  let time = Date.parse('2025-01-17T10:00:00.000Z')
  return () => new Date((time += 1000))
}

export function memoryRegistry(options: Partial<PromptRegistryOptions> = {}): {
  readonly registry: PromptRegistry
  readonly storage: MemoryStorage
} {
  const storage = new MemoryStorage()
  return { storage, registry: new PromptRegistry({ storage, now: ticking(), ...options }) }
}
