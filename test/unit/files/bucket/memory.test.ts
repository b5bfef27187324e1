import { describe, expect, it } from 'vitest'
import { ObjectMemory } from '../../../../src/files/bucket/memory.js'
import type { StoredObject } from '../../../../src/objects/service.js'

const KIB = 1024

describe('what is known of objects', () => {
  it('is what was found last, unless a change has come between question and answer', () => {
    const memory = new ObjectMemory()
    memory.see('a', objectOf('1'), memory.get('a'))
    expect(memory.get('a')?.version).toBe('1')
    const before = memory.get('a')
    memory.keep('a', objectOf('2'))
    memory.see('a', objectOf('1'), before)
    expect(memory.get('a')?.version).toBe('2')
    memory.see('a', undefined, memory.get('a'))
    expect(memory.get('a')).toBeUndefined()
  })

  it('is neither a body nor more than some megabytes', () => {
    const memory = new ObjectMemory()
    memory.keep('0', { ...objectOf('1'), body: Buffer.alloc(KIB) } as StoredObject)
    expect(memory.get('0')).toEqual({ ...objectOf('1'), name: '0' })
    for (let at = 1; at <= 2000; at++) memory.keep(String(at), objectOf('1', 8 * KIB))
    expect(memory.get('0')).toBeUndefined()
    expect(memory.get('2000')?.version).toBe('1')
    memory.forget('2000')
    expect(memory.get('2000')).toBeUndefined()
  })
})

function objectOf(version: string, metadataBytes = 1): StoredObject {
  return { name: 'a', version, bytes: 1, metadata: { holdfast: 'x'.repeat(metadataBytes) } }
}
