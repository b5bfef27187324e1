import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import {
  CAPABILITY_MEMBERS,
  SUPPORTS_ALL,
  supports,
  type Capability,
} from '../../../src/versions/supports.js'

describe('what a storage supports', () => {
  it('is what it declares, and nothing else', () => {
    expect(supports({ supports: { watch: true, batch: false } }, 'watch')).toBe(true)
    expect(supports({ supports: { watch: true, batch: false } }, 'batch')).toBe(false)
    expect(supports({ supports: { watch: true } }, 'names')).toBe(false)
    expect(supports({ supports: { watch: 'yes' } }, 'watch')).toBe(false)
  })

  it('is the six methods alone without a declaration, whatever methods there are', () => {
    expect(supports({ watch: () => [] }, 'watch')).toBe(false)
  })

  it('is everything for the storages here, which have the members of each capability', () => {
    const storage = new MemoryStorage()
    expect(Object.keys(SUPPORTS_ALL)).toEqual(Object.keys(CAPABILITY_MEMBERS))
    for (const [capability, members] of Object.entries(CAPABILITY_MEMBERS)) {
      expect(supports(storage, capability as Capability), capability).toBe(true)
      for (const member of members) expect(storage).toHaveProperty(member)
    }
  })

  it('is less for a view of the past', () => {
    const view = new MemoryStorage().asOf(0)
    expect(view.supports).toEqual({ labels: true, names: true, promptIds: true })
  })
})
