import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../../src/document/json.js'
import { mergeDocuments, type MergeConflict } from '../../../../src/versions/registry/merge.js'
import { seeded } from '../../../support/random.js'
import { tempDirectory } from '../../../support/temp.js'

interface Case {
  readonly name: string
  readonly base: JsonValue
  readonly ours: JsonValue
  readonly theirs: JsonValue
  readonly merged?: JsonValue
  readonly conflicts?: readonly MergeConflict[]
}

const CORPUS = JSON.parse(
  readFileSync(join(import.meta.dirname, 'merges/cases.json'), 'utf8'),
) as readonly Case[]
const TEXTS = CORPUS.filter(({ base }) => typeof base === 'string')

/** The same conflict as it is with the sides exchanged. */
function exchanged({ ours, theirs, lines, ...conflict }: MergeConflict): unknown {
  return {
    ...conflict,
    ...(theirs === undefined ? {} : { ours: theirs }),
    ...(ours === undefined ? {} : { theirs: ours }),
    ...(lines === undefined
      ? {}
      : { lines: lines.map((each) => ({ ...each, ours: each.theirs, theirs: each.ours })) }),
  }
}

describe('mergeDocuments', () => {
  it('has a corpus of at least 50 merges, a third of them conflicts', () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(50)
    expect(CORPUS.filter(({ conflicts }) => conflicts !== undefined).length).toBeGreaterThan(
      CORPUS.length / 3,
    )
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length)
  })

  it.each(CORPUS)('$name', async ({ base, ours, theirs, merged, conflicts = [] }) => {
    expect(await mergeDocuments(base, ours, theirs)).toEqual({ merged, conflicts })
    expect(await mergeDocuments(base, theirs, ours)).toEqual({
      merged,
      conflicts: conflicts.map(exchanged),
    })
  })

  it('merges the texts as git merge-file does', async () => {
    const directory = await tempDirectory()
    for (const { name, base, ours, theirs } of TEXTS) {
      await writeFile(join(directory, 'base'), base as string)
      await writeFile(join(directory, 'ours'), ours as string)
      await writeFile(join(directory, 'theirs'), theirs as string)
      const git = spawnSync('git', ['merge-file', '-p', 'ours', 'base', 'theirs'], {
        cwd: directory,
        encoding: 'utf8',
      })
      expect(git.error).toBeUndefined()
      const { merged, conflicts } = await mergeDocuments(base, ours, theirs)
      expect(conflicts.length > 0, name).toBe(git.status !== 0)
      if (git.status === 0) expect(merged, name).toBe(git.stdout)
    }
    expect(TEXTS.length).toBeGreaterThanOrEqual(20)
  })

  it('returns frozen values', async () => {
    const { merged } = await mergeDocuments({ a: [1], b: 1 }, { a: [1, 2], b: 1 }, { a: [1], b: 2 })
    expect(merged).toEqual({ a: [1, 2], b: 2 })
    expect(Object.isFrozen(merged)).toBe(true)
    expect(Object.isFrozen(merged?.a)).toBe(true)
  })

  it('merges a field named __proto__ like any other', async () => {
    const base = JSON.parse('{"__proto__":{"a":1},"b":1}') as object
    const ours = JSON.parse('{"__proto__":{"a":2},"b":1}') as object
    const theirs = JSON.parse('{"__proto__":{"a":1},"b":2}') as object
    const { merged } = await mergeDocuments(base, ours, theirs)
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"a":2},"b":2}')
    const added = await mergeDocuments<object>({}, ours, {})
    expect(JSON.stringify(added.merged)).toBe('{"__proto__":{"a":2},"b":1}')
  })

  it('refuses what JSON cannot hold', async () => {
    await expect(mergeDocuments({}, { a: () => 1 }, {})).rejects.toThrow('Field "ours.a" must be')
  })

  const text = fc
    .array(fc.constantFrom('a\n', 'b\n', 'c\n'), { maxLength: 6 })
    .map((all) => all.join(''))
  const element = fc.oneof(
    fc.record({ role: fc.constantFrom('user', 'system'), content: text }),
    fc.constantFrom('x', 'y', 'z'),
  )
  const byId = fc.uniqueArray(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), v: fc.nat(2) }),
    {
      selector: ({ id }) => id,
      maxLength: 4,
    },
  )
  const document = fc.record(
    {
      text,
      n: fc.nat(2),
      messages: fc.array(element, { maxLength: 5 }),
      nodes: byId,
      config: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.oneof(fc.nat(2), text)),
    },
    { requiredKeys: [] },
  )

  it('takes the side that changed, and one of two equal ones', async () => {
    await fc.assert(
      fc.asyncProperty(document, document, async (base, changed) => {
        const plain = JSON.parse(JSON.stringify(changed)) as unknown
        expect((await mergeDocuments<unknown>(base, changed, base)).merged).toEqual(plain)
        expect((await mergeDocuments<unknown>(base, base, changed)).merged).toEqual(plain)
        expect((await mergeDocuments<unknown>(base, changed, changed)).merged).toEqual(plain)
      }),
      seeded(300),
    )
  })

  it('has the same result with the sides exchanged', async () => {
    await fc.assert(
      fc.asyncProperty(document, document, document, async (base, one, other) => {
        const there = await mergeDocuments<unknown>(base, one, other)
        const back = await mergeDocuments<unknown>(base, other, one)
        expect(back.merged).toEqual(there.merged)
        const paths = (all: readonly MergeConflict[]): string[] =>
          all.map(({ path }) => path).toSorted()
        expect(paths(back.conflicts)).toEqual(paths(there.conflicts))
      }),
      seeded(500),
    )
  })

  it('loses no line that one side added: each is in the merged document or in a conflict', async () => {
    const marked = fc.tuple(text, fc.nat(5))
    await fc.assert(
      fc.asyncProperty(text, marked, marked, async (base, [one, at], [other, place]) => {
        const insert = (into: string, line: string, where: number): string => {
          const lines = into.match(/.*\n/g) ?? []
          return lines.toSpliced(where, 0, line).join('')
        }
        const ours = insert(one, 'ours\n', at)
        const theirs = insert(other, 'theirs\n', place)
        const { merged, conflicts } = await mergeDocuments(base, ours, theirs)
        if (merged === undefined) expect(conflicts).toMatchObject([{ base, ours, theirs }])
        else {
          expect(merged).toContain('ours\n')
          expect(merged).toContain('theirs\n')
        }
      }),
      seeded(300),
    )
  })
})
