import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions } from '../../../src/document/version-number.js'
import { VersionIndex } from '../../../src/versions/version-index.js'

describe('VersionIndex', () => {
  it('knows nothing at first', () => {
    const index = new VersionIndex()
    expect([index.totalPrompts, index.totalVersions, index.count('p'), index.latest('p')]).toEqual([
      0,
      0,
      0,
      undefined,
    ])
    expect(index.versions('p')).toEqual([])
    expect(index.entry('p')).toBeUndefined()
  })

  it('keeps versions by number and the highest at hand', () => {
    const index = new VersionIndex()
    for (const version of ['1.10.0', '1.9.0', '2.0.0', '1.0.0'])
      expect(index.add('p', version, 5)).toBe(true)
    expect(index.versions('p')).toEqual(['1.0.0', '1.9.0', '1.10.0', '2.0.0'])
    expect(index.latest('p')).toBe('2.0.0')
  })

  it('does nothing when it is told the same again', () => {
    const index = new VersionIndex()
    index.add('p', '1.0.0', 5)
    expect(index.add('p', '1.0.0', 9)).toBe(false)
    expect(index.entry('p')).toEqual({ versions: ['1.0.0'], createdAtMs: 5, updatedAtMs: 5 })
    expect(index.remove('p', '2.0.0', 9)).toBe(false)
    expect(index.remove('q', '1.0.0', 9)).toBe(false)
    expect(index.totalVersions).toBe(1)
  })

  it('remembers the first and the last change', () => {
    const index = new VersionIndex()
    index.add('p', '1.0.0', 50)
    index.add('p', '1.0.1', 10)
    index.remove('p', '1.0.0', 70)
    expect(index.entry('p')).toEqual({ versions: ['1.0.1'], createdAtMs: 10, updatedAtMs: 70 })
  })

  it('forgets a prompt with its last version', () => {
    const index = new VersionIndex()
    index.add('p', '1.0.0', 5)
    expect(index.sortedIds()).toEqual(['p'])
    expect(index.remove('p', '1.0.0', 6)).toBe(true)
    expect(index.sortedIds()).toEqual([])
    expect(index.totalPrompts).toBe(0)
  })

  it('sorts ids by code unit and keeps the list until an id comes or goes', () => {
    const index = new VersionIndex()
    for (const id of ['b', '__proto__', 'B', 'é', '翻']) index.add(id, '1.0.0', 5)
    const ids = index.sortedIds()
    expect(ids).toEqual(['B', '__proto__', 'b', 'é', '翻'])
    index.add('b', '1.0.1', 6)
    expect(index.sortedIds()).toBe(ids)
    index.add('a', '1.0.0', 6)
    expect(index.sortedIds()).toContain('a')
    index.clear()
    expect([index.sortedIds(), index.totalVersions]).toEqual([[], 0])
  })

  it('takes many versions at once, in any order and twice', () => {
    const index = new VersionIndex()
    index.add('p', '1.5.0', 20)
    expect(index.addAll('p', ['1.10.0', '1.0.0', '1.5.0', '1.0.0'], 10, 30)).toBe(2)
    expect(index.entry('p')).toEqual({
      versions: ['1.0.0', '1.5.0', '1.10.0'],
      createdAtMs: 10,
      updatedAtMs: 30,
    })
    expect(index.totalVersions).toBe(3)
    expect(index.addAll('q', [], 10)).toBe(0)
    expect(index.entry('q')).toBeUndefined()
  })

  it('answers like a plain set of versions, whatever happens in whatever order', () => {
    const prompt = fc.constantFrom('p', 'q', '__proto__')
    const version = fc.tuple(fc.nat(2), fc.nat(12), fc.nat(2)).map((parts) => parts.join('.'))
    const change = fc.record({ add: fc.boolean(), prompt, version })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const index = new VersionIndex()
        const model = new Map<string, Set<string>>()
        for (const { add, prompt: id, version: name } of changes) {
          const known = model.get(id) ?? new Set<string>()
          model.set(id, known)
          const changed = add ? !known.has(name) : known.has(name)
          expect(add ? index.add(id, name, 1) : index.remove(id, name, 1)).toBe(changed)
          if (add) known.add(name)
          else known.delete(name)
        }
        for (const [id, known] of model) {
          const sorted = [...known].sort(compareVersions)
          expect(index.versions(id)).toEqual(sorted)
          expect(index.latest(id)).toBe(sorted.at(-1))
          expect(index.count(id)).toBe(known.size)
          for (const name of known) expect(index.has(id, name)).toBe(true)
        }
        const sets = [...model.values()]
        expect(index.totalVersions).toBe(sets.reduce((sum, known) => sum + known.size, 0))
        expect(index.totalPrompts).toBe(sets.filter((known) => known.size > 0).length)
      }),
    )
  })

  it('takes at most 150 bytes for a version, at 50 versions a prompt', () => {
    const before = heapBytes()
    const index = new VersionIndex()
    for (let prompt = 0; prompt < 2000; prompt++) {
      for (let patch = 0; patch < 50; patch++)
        index.add(`prompt_${prompt}`, `1.${prompt % 7}.${patch}`, 1_700_000_000_000)
    }
    const bytes = heapBytes() - before
    expect(bytes).toBeGreaterThan(0)
    expect(index.totalVersions).toBe(100_000)
    expect(bytes / index.totalVersions).toBeLessThan(150)
  })

  it('builds a prompt of a hundred thousand versions in about a second', () => {
    const versions = Array.from({ length: 100_000 }, (_, at) => `1.${(at * 7919) % 100_000}.0`)
    const started = performance.now()
    const index = new VersionIndex()
    expect(index.addAll('p', versions, 1)).toBe(100_000)
    expect(index.latest('p')).toBe('1.99999.0')
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

/** What is in use after a collection, so that garbage counts on neither side. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}
