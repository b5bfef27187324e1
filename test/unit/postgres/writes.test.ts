import { describe, expect, it } from 'vitest'
import { PostgresSource } from '../../../src/postgres/index.js'
import { POSTGRES_LEFT_OUT, testDatabase, withClient } from '../../support/postgres.js'
import { documentOf, planOf } from './support.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('Writes', () => {
  it('keep a plain save out between the numbers that a transaction has read and its commit', async () => {
    const source = await PostgresSource.open({ url: await testDatabase() })
    await source.insert([documentOf('p', '1.0.0')], [])
    const calls: string[] = []
    let saving: Promise<unknown> | undefined
    await source.transact(['p'], async (views) => {
      calls.push('plan')
      saving = source.insert([documentOf('p', '2.0.0', 'plain')], []).then((refusal) => {
        calls.push(`plain save: ${refusal?.kind}`)
      })
      await new Promise((resolve) => setTimeout(resolve, 200))
      return await planOf(() => ({ save: [documentOf('p', '2.0.0', 'numbered')] }))(views)
    })
    calls.push('committed')
    await saving
    expect(calls).toEqual(['plan', 'committed', 'plain save: taken'])
    await source.close()
  })

  it('number versions without a gap or a repetition, in any process', async () => {
    const url = await testDatabase()
    const sources = await Promise.all(
      Array.from({ length: 4 }, async () => await PostgresSource.open({ url, maxConnections: 4 })),
    )
    let plans = 0
    const number = async (source: PostgresSource): Promise<void> => {
      await source.transact(['p'], async (views) => {
        plans++
        const next = `1.0.${views[0]?.versions.length}`
        return await planOf(() => ({ save: [documentOf('p', next)] }))(views)
      })
    }
    await Promise.all(
      sources.flatMap((source) => Array.from({ length: 10 }, async () => await number(source))),
    )
    expect(plans).toBe(40)
    await expect(sources[0]?.names('p')).resolves.toHaveLength(40)
    await Promise.all(sources.map(async (source) => await source.close()))
  })

  it('have one winner for each version, batches in any order included, and no deadlock', async () => {
    const url = await testDatabase()
    const sources = await Promise.all(
      Array.from({ length: 3 }, async () => await PostgresSource.open({ url })),
    )
    for (let round = 0; round < 10; round++) {
      const names = ['a', 'b', 'c'].map((id) => documentOf(`${id}${round}`, '1.0.0'))
      const outcomes = await Promise.all(
        sources.flatMap((source) =>
          [names, names.toReversed()].map(async (batch) => await source.insert(batch, [])),
        ),
      )
      expect(outcomes.filter((refusal) => refusal === undefined)).toHaveLength(1)
    }
    await Promise.all(sources.map(async (source) => await source.close()))
  })

  it('lock several prompts in one order', async () => {
    const source = await PostgresSource.open({ url: await testDatabase() })
    const ids = ['p', 'a', 'Z', 'ä', 'm']
    const orders = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? ids : ids.toReversed()))
    await Promise.all(
      orders.map(async (order, at) => {
        await source.transact(
          order,
          planOf(() => ({ save: [documentOf(order[0] ?? '', `1.0.${at}`)] })),
        )
      }),
    )
    const counts = await Promise.all(['p', 'm'].map(async (id) => (await source.names(id)).length))
    expect(counts).toEqual([10, 10])
    await source.close()
  })

  it('require what has to be there in the commit itself', async () => {
    const source = await PostgresSource.open({ url: await testDatabase() })
    const first = { promptId: 'p', version: '1.0.0' }
    await expect(source.insert([documentOf('q', '1.0.0')], [first])).resolves.toEqual({
      kind: 'missing',
    })
    await source.insert([documentOf('p', '1.0.0')], [])
    let saving: Promise<unknown> | undefined
    await source.transact(['p'], async (views) => {
      saving = source.insert([documentOf('q', '1.0.0')], [first])
      await new Promise((resolve) => setTimeout(resolve, 200))
      return await planOf(() => ({ delete: ['1.0.0'] }))(views)
    })
    await expect(saving).resolves.toEqual({ kind: 'missing' })
    await expect(source.names('q')).resolves.toEqual([])
    await source.close()
  })

  it('fail with a code, and nothing changed, where a lock is not released in time', async () => {
    const url = await testDatabase()
    const source = await PostgresSource.open({ url, lockTimeoutMs: 100 })
    await source.insert([documentOf('p', '1.0.0')], [])
    await withClient(url, async (other) => {
      await other.query('BEGIN')
      await other.query('SELECT FROM holdfast.prompts FOR UPDATE')
      for (const change of [
        async () => await source.insert([documentOf('p', '2.0.0')], []),
        async () =>
          await source.transact(
            ['p'],
            planOf(() => ({ delete: ['1.0.0'] })),
          ),
        async () => await source.clear(),
      ])
        await expect(change()).rejects.toMatchObject({
          code: 'FS-LOCK-001',
          context: { outcome: 'none' },
        })
      await other.query('ROLLBACK')
    })
    await expect(source.names('p')).resolves.toEqual(['1.0.0'])
    await source.close()
  })

  it('throw what the plan throws, and change nothing', async () => {
    const source = await PostgresSource.open({ url: await testDatabase(), maxConnections: 1 })
    const own = new Error('of the plan')
    await expect(source.transact(['p'], async () => await Promise.reject(own))).rejects.toBe(own)
    await expect(source.pastIds()).resolves.toEqual([])
    await source.close()
  })

  it('refuse to go on where another program has removed a version under the lock', async () => {
    const url = await testDatabase()
    const source = await PostgresSource.open({ url })
    await source.insert([documentOf('p', '1.0.0')], [])
    const transaction = source.transact(['p'], async (views) => {
      await withClient(url, async (other) => await other.query('DELETE FROM holdfast.versions'))
      return await planOf(() => ({ delete: ['1.0.0'] }))(views)
    })
    await expect(transaction).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    await source.close()
  })
})
