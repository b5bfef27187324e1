import { describe, expect, it } from 'vitest'
import { isStorageError } from '../../../src/base/errors.js'
import { PostgresSource } from '../../../src/postgres/index.js'
import type { InsertRefusal } from '../../../src/index.js'
import { POSTGRES_LEFT_OUT, testDatabase, withClient } from '../../support/postgres.js'
import { documentOf } from './support.js'

type Refusal = InsertRefusal | undefined

function kindsOf(refusals: readonly Refusal[]): (string | undefined)[] {
  return refusals.map((refusal) => refusal?.kind)
}

/** Whether a source has a version, for each. */
async function presence(source: PostgresSource, versions: readonly string[]): Promise<boolean[]> {
  const names = await source.names('p')
  return versions.map((version) => names.includes(version))
}

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('Inserts', () => {
  it('of callers that wait together are each all or nothing, and have one winner', async () => {
    const source = await PostgresSource.open({ url: await testDatabase() })
    await source.insert([documentOf('p', '1.0.3')], [])
    const wanted = [['1.0.0'], ['1.0.1'], ['1.0.2', '1.0.3'], ['1.0.4'], ['1.0.4'], ['1.0.5']]
    // The first ones go alone, the others together.
    const early = Array.from({ length: 8 }, async (_, at) => {
      return await source.insert([documentOf('q', `1.0.${at}`)], [])
    })
    const refusals = await Promise.all(
      wanted.map(async (versions) => {
        const documents = versions.map((version) => documentOf('p', version))
        return await source.insert(documents, [])
      }),
    )
    expect(kindsOf(await Promise.all(early))).toEqual(early.map(() => undefined))
    expect(kindsOf(refusals).slice(0, 3)).toEqual([undefined, undefined, 'taken'])
    // Their statements are under way at the same time: either may be first.
    expect(kindsOf(refusals).slice(3, 5).filter(Boolean)).toEqual(['taken'])
    expect(kindsOf(refusals)[5]).toBeUndefined()
    const [, , taken] = refusals
    expect(taken?.kind === 'taken' && taken.documents.map(({ version }) => version)).toEqual([
      '1.0.3',
    ])
    expect(await presence(source, ['1.0.1', '1.0.2', '1.0.5'])).toEqual([true, false, true])
    await source.close()
  })

  it('of which one needs a version that is missing leave the others alone', async () => {
    const source = await PostgresSource.open({ url: await testDatabase() })
    await source.insert([documentOf('p', '1.0.0')], [])
    const gone = { promptId: 'p', version: '9.0.0' }
    const refusals = await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const needed = at === 10 ? [gone] : []
        return await source.insert([documentOf('p', `2.0.${at}`)], needed)
      }),
    )
    expect(kindsOf(refusals).filter(Boolean)).toEqual(['missing'])
    expect(kindsOf(refusals)[10]).toBe('missing')
    expect(await source.names('p')).toHaveLength(12)
    await source.close()
  })

  it('of a prompt that is locked for too long fail alone', async () => {
    const url = await testDatabase()
    const source = await PostgresSource.open({ url, lockTimeoutMs: 300 })
    for (const id of ['p', 'locked']) await source.insert([documentOf(id, '1.0.0')], [])
    await withClient(url, async (client) => {
      await client.query('BEGIN')
      await client.query("SELECT FROM holdfast.prompts WHERE prompt_id = 'locked' FOR UPDATE")
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, async (_, at) => {
          const id = at === 9 ? 'locked' : 'p'
          return await source.insert([documentOf(id, `2.0.${at}`)], [])
        }),
      )
      const failed = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
      expect(failed).toHaveLength(1)
      expect(isStorageError(failed[0], 'FS-LOCK-001')).toBe(true)
      await client.query('ROLLBACK')
    })
    expect(await source.names('p')).toHaveLength(12)
    await source.close()
  })
})
