import { describe, expect, it } from 'vitest'
import { documentOf, generationOf, read } from '../../../src/sqlite/reads.js'
import type { PackedDocuments } from '../../../src/sqlite/messages.js'
import { unpackDocuments } from '../../../src/sqlite/packed-documents.js'
import type { ResolvedListOptions } from '../../../src/versions/version-storage.js'
import { write } from '../../../src/sqlite/writes.js'
import { documentRow, openTables, testFile } from './support.js'

const AT = '2026-01-01T00:00:00.000Z'
const COMMIT = { number: 7, at: AT, missed: [] }

async function withVersions(...names: readonly (readonly [string, string])[]) {
  const { statements } = await openTables(await testFile())
  const documents = names.map(([promptId, version]) =>
    documentRow(promptId, version, `{"of":"${promptId} ${version}"}`),
  )
  write(statements, { op: 'insert', documents, present: [] }, COMMIT)
  return statements
}

describe('read', () => {
  it('lists each prompt once, and those of which only a history is left', async () => {
    const statements = await withVersions(['b', '1.0.0'], ['a', '1.0.0'], ['b', '1.1.0'])
    expect(read(statements, { op: 'ids' })).toEqual(['a', 'b'])
    write(
      statements,
      {
        op: 'commit',
        read: [],
        changes: [
          {
            promptId: 'a',
            save: [],
            delete: ['1.0.0'],
            head: undefined,
            moves: [],
            requires: [],
          },
        ],
      },
      COMMIT,
    )
    expect(read(statements, { op: 'ids' })).toEqual(['b'])
    expect(read(statements, { op: 'pastIds' })).toEqual(['a', 'b'])
    expect(read(statements, { op: 'past', promptId: 'a' })).toEqual({
      versions: [],
      history: [JSON.stringify({ deleted: { '1.0.0': AT }, trash: false, at: AT })],
    })
  })

  it('lists nothing in an empty database', async () => {
    const statements = await withVersions()
    for (const op of ['ids', 'pastIds'] as const) expect(read(statements, { op })).toEqual([])
    expect(read(statements, { op: 'knownSince' })).toBeNull()
    expect(read(statements, { op: 'head', promptId: 'p' })).toBeNull()
    expect(generationOf(statements, 'p')).toBe(0)
  })

  it('returns a document byte for byte, also one that is not text', async () => {
    const { statements } = await openTables(await testFile())
    const bytes = new Uint8Array([0x7b, 0xff, 0x00, 0xc3, 0x7d])
    const documents = [{ promptId: 'p', version: '1.0.0', bytes, savedAt: null }]
    write(statements, { op: 'insert', documents, present: [] }, COMMIT)
    const found = documentOf(statements, { promptId: 'p', version: '1.0.0' })
    expect(found?.savedAt).toBeNull()
    expect([...(found?.bytes ?? [])]).toEqual([...bytes])
  })

  it('returns a page of documents in the order of precedence', async () => {
    const numbers = ['1.2.0', '1.10.0', '1.9.0', '2.0.0-rc.1']
    const statements = await withVersions(...numbers.map((number) => ['p', number] as const))
    const versionsOf = (promptId: string, page: ResolvedListOptions) =>
      unpackDocuments(read(statements, { op: 'page', promptId, page }) as PackedDocuments).map(
        (document) => document?.version,
      )
    const all = { limit: 64, offset: 0, order: 'ascending' } as const
    expect(versionsOf('p', all)).toEqual(['1.2.0', '1.9.0', '1.10.0', '2.0.0-rc.1'])
    expect(versionsOf('p', { limit: 2, offset: 1, order: 'descending' })).toEqual([
      '1.10.0',
      '1.9.0',
    ])
    expect(versionsOf('none', all)).toEqual([])
  })

  it('goes through all documents in pages', async () => {
    const names = [
      ['a', '1.0.0'],
      ['a', '1.0.1'],
      ['b', '1.0.0'],
    ] as const
    const statements = await withVersions(...names)
    const found: string[] = []
    let after = { promptId: '', version: '' }
    for (;;) {
      const page = read(statements, { op: 'documentsAfter', after, limit: 2 }) as (typeof after)[]
      const last = page.at(-1)
      if (last === undefined) break
      found.push(...page.map(({ promptId, version }) => `${promptId} ${version}`))
      after = last
    }
    expect(found).toEqual(names.map((name) => name.join(' ')))
  })

  it('shows prompts as a transaction needs them', async () => {
    const statements = await withVersions(['p', '1.0.0'])
    const head = '{"labels":{}}'
    const none = { save: [], delete: [], moves: [], requires: [] }
    write(
      statements,
      { op: 'commit', read: [], changes: [{ promptId: 'p', head, ...none }] },
      COMMIT,
    )
    expect(read(statements, { op: 'views', promptIds: ['p', 'q'] })).toEqual([
      { promptId: 'p', generation: COMMIT.number, head, versions: ['1.0.0'] },
      { promptId: 'q', generation: 0, head: null, versions: [] },
    ])
  })

  it('finds nothing wrong with a sound file', async () => {
    expect(read(await withVersions(['p', '1.0.0']), { op: 'findings' })).toEqual([])
  })
})
