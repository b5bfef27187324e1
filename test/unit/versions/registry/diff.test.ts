import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffDocuments } from '../../../../src/versions/registry/diff.js'
import { seeded } from '../../../support/random.js'

describe('diffDocuments', () => {
  it('compares texts by words, and everything else by structure', async () => {
    const before = {
      text: 'Be kind.',
      config: { model: 'a', temperature: 0, stop: ['x'] },
      old: 1,
    }
    const after = {
      text: 'Be honest.',
      config: { model: 'a', temperature: 1, stop: ['x', 'y'] },
      new: { a: null },
    }
    const diff = await diffDocuments(before, after)
    expect(diff.same).toBe(false)
    expect(diff.texts).toEqual([
      {
        path: '/text',
        parts: [
          { kind: 'same', text: 'Be ' },
          { kind: 'removed', text: 'kind' },
          { kind: 'added', text: 'honest' },
          { kind: 'same', text: '.' },
        ],
      },
    ])
    expect(diff.fields).toEqual([
      { path: '/config/temperature', kind: 'changed', before: 0, after: 1 },
      { path: '/config/stop/1', kind: 'added', after: 'y' },
      { path: '/old', kind: 'removed', before: 1 },
      { path: '/new', kind: 'added', after: { a: null } },
    ])
    expect(diff.patch).toEqual([
      { op: 'replace', path: '/text', value: 'Be honest.' },
      { op: 'replace', path: '/config/temperature', value: 1 },
      { op: 'add', path: '/config/stop/1', value: 'y' },
      { op: 'remove', path: '/old' },
      { op: 'add', path: '/new', value: { a: null } },
    ])
  })

  it('finds messages again that others were put before', async () => {
    const system = { role: 'system', content: 'Be kind.' }
    const user = { role: 'user', content: '{{question}}' }
    const example = { role: 'assistant', content: 'Yes.' }
    const before = { messages: [system, user] }
    const after = { messages: [example, system, { ...user, content: '{{question}}?' }] }
    const { texts, fields, patch } = await diffDocuments(before, after)
    expect(texts).toEqual([
      {
        path: '/messages/2/content',
        parts: [
          { kind: 'same', text: '{{question}}' },
          { kind: 'added', text: '?' },
        ],
      },
    ])
    expect(fields).toEqual([{ path: '/messages/0', kind: 'added', after: example }])
    expect(patch).toEqual([
      { op: 'add', path: '/messages/0', value: example },
      { op: 'replace', path: '/messages/2/content', value: '{{question}}?' },
    ])
  })

  it('finds elements that were moved', async () => {
    const [a, b, c] = [{ a: 1 }, { b: [1] }, { c: 'x' }]
    const { texts, fields, patch } = await diffDocuments({ x: [a, b, c] }, { x: [c, a, b] })
    expect(texts).toEqual([])
    expect(fields).toEqual([{ path: '/x/0', kind: 'moved', from: '/x/2' }])
    expect(patch).toEqual([{ op: 'move', from: '/x/2', path: '/x/0' }])
  })

  it('names removed elements by their old place', async () => {
    const { fields } = await diffDocuments({ a: [{ x: 1 }, { y: 1 }] }, { a: [{ y: 1 }] })
    expect(fields).toEqual([{ path: '/a/0', kind: 'removed', before: { x: 1 } }])
  })

  it('reports a value of another type, and a text that became one', async () => {
    const { texts, fields } = await diffDocuments({ a: 'x', b: [1] }, { a: ['x'], b: 'y' })
    expect(texts).toEqual([])
    expect(fields).toEqual([
      { path: '/a', kind: 'changed', before: 'x', after: ['x'] },
      { path: '/b', kind: 'changed', before: [1], after: 'y' },
    ])
    expect((await diffDocuments('a', 'b')).texts).toMatchObject([{ path: '' }])
    expect((await diffDocuments(1, null)).fields).toEqual([
      { path: '', kind: 'changed', before: 1, after: null },
    ])
  })

  it('takes names that JavaScript gives a meaning like any other', async () => {
    const before = JSON.parse('{"__proto__":{"a":1},"toString":"x"}') as object
    const after = JSON.parse('{"__proto__":{"a":2},"constructor":"y"}') as object
    const { texts, fields } = await diffDocuments(before, after)
    expect(texts).toEqual([])
    expect(fields).toEqual([
      { path: '/__proto__/a', kind: 'changed', before: 1, after: 2 },
      { path: '/toString', kind: 'removed', before: 'x' },
      { path: '/constructor', kind: 'added', after: 'y' },
    ])
  })

  it('is frozen JSON', async () => {
    const kept = (value: unknown): boolean =>
      !JSON.stringify(value, (_, item: unknown) =>
        typeof item === 'number' && !Number.isSafeInteger(item) ? 'unsafe' : item,
      ).includes('unsafe')
    const value = fc.jsonValue({ maxDepth: 3 }).filter(kept)
    await fc.assert(
      fc.asyncProperty(value, value, async (one, other) => {
        const [before, after] = [one, other].map(
          (each) => JSON.parse(JSON.stringify(each)) as unknown,
        )
        const diff = await diffDocuments(before, after)
        expect(JSON.parse(JSON.stringify(diff))).toEqual(diff)
        expect(Object.isFrozen(diff.patch)).toBe(true)
        expect(diff.texts.length + diff.fields.length === 0).toBe(diff.same)
        expect(diff.patch.length === 0).toBe(diff.same)
      }),
      seeded(300),
    )
  })

  it('is the same for equal documents', async () => {
    expect(await diffDocuments({ a: [1], b: 'x' }, { b: 'x', a: [1] })).toEqual({
      same: true,
      texts: [],
      fields: [],
      patch: [],
    })
  })

  it('refuses what JSON cannot hold', async () => {
    await expect(diffDocuments({ a: new Date() }, {})).rejects.toThrow('Field "before.a"')
  })
})
