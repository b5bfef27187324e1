import { describe, expect, it } from 'vitest'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../src/versions/conformance.js'
import type { ConformanceSubject } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import {
  CAPABILITY_MEMBERS,
  SUPPORTS_ALL,
  type Capability,
} from '../../../src/versions/supports.js'

const MEMORY: ConformanceSubject = {
  name: 'InMemoryStorage',
  persistent: false,
  reportsMoves: true,
  makePlace: async () => ({ open: async () => new MemoryStorage() }),
}

versionStorageConformance(MEMORY, { describe, it })
promptRegistryConformance(MEMORY, { describe, it })

/** The memory storage without what a capability adds, as a backend that lacks it. */
function without(...missing: readonly Capability[]): ConformanceSubject {
  const supports = Object.fromEntries(
    Object.entries(SUPPORTS_ALL).filter(([name]) => !missing.includes(name as Capability)),
  )
  const members = new Set<PropertyKey>(missing.flatMap((name) => CAPABILITY_MEMBERS[name]))
  const open = async (): Promise<MemoryStorage> =>
    new Proxy(new MemoryStorage(), {
      has: (target, name) => !members.has(name) && Reflect.has(target, name),
      get: (target, name): unknown => {
        if (name === 'supports') return supports
        if (members.has(name)) return undefined
        const member: unknown = Reflect.get(target, name, target)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  return {
    ...MEMORY,
    name: `InMemoryStorage without ${missing.join(', ')}`,
    supports,
    makePlace: async () => ({ open }),
  }
}

const CAPABILITIES = Object.keys(CAPABILITY_MEMBERS) as Capability[]

// The suite asks for nothing else than what is declared.
for (const missing of [...CAPABILITIES.map((each) => [each]), CAPABILITIES]) {
  versionStorageConformance(without(...missing), { describe, it })
  promptRegistryConformance(without(...missing), { describe, it })
}

describe('what a subject declares', () => {
  it('decides which tests there are', () => {
    const counted = (subject: ConformanceSubject): readonly number[] =>
      [versionStorageConformance, promptRegistryConformance].map((suite) => {
        let tests = 0
        suite(subject, { describe: (_, body) => body(), it: () => tests++ })
        return tests
      })
    const [versions, registry] = counted(MEMORY)
    expect(versions).toBeGreaterThan(90)
    expect(registry).toBeGreaterThan(10)
    for (const capability of CAPABILITIES)
      expect(counted(without(capability))[0], capability).toBeLessThanOrEqual(versions ?? 0)
    const [bare, none] = counted(without(...CAPABILITIES))
    expect(bare).toBeGreaterThan(35)
    expect(none).toBe(0)
  })
})
