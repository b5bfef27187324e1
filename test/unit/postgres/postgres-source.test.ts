import { describe, expect, it } from 'vitest'
import { PostgresSource } from '../../../src/postgres/index.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { documentOf, planOf } from './support.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('PostgresSource', () => {
  it('keeps any prompt id, each as one of its own', async () => {
    const source = await PostgresSource.open({ url: await testDatabase() })
    const ids = [
      'a',
      'A',
      'ä',
      'a\u0308',
      `'; DROP TABLE versions; --`,
      '"',
      '\\',
      '%',
      '_',
      '{a,b}',
      'NULL',
      '\n',
      '\u0001',
      '__proto__',
      '🙂',
      '\uffff',
      'x'.repeat(1024),
      '原'.repeat(341),
      ' ',
      '$1',
    ]
    await source.insert(
      ids.map((id) => documentOf(id, '1.0.0', id)),
      [],
    )
    expect([...(await source.ids())].sort()).toEqual(ids.toSorted())
    for (const id of ids) {
      const [stored] = await source.get(id, ['1.0.0'])
      expect(Buffer.from(stored?.bytes ?? []).toString()).toBe(id)
      await source.transact(
        [id],
        planOf(() => ({ delete: ['1.0.0'] })),
      )
    }
    await expect(source.ids()).resolves.toEqual([])
    expect([...(await source.pastIds())].sort()).toEqual(ids.toSorted())
    await source.close()
  })

  it('fails every change when it is open for reading', async () => {
    const url = await testDatabase()
    await (await PostgresSource.open({ url })).close()
    const source = await PostgresSource.open({ url, readOnly: true })
    for (const change of [
      async () => await source.insert([documentOf('p', '1.0.0')], []),
      async () =>
        await source.transact(
          ['p'],
          planOf(() => ({})),
        ),
      async () => await source.clear(),
      async () => await source.setKnownSince(undefined),
    ])
      await expect(change()).rejects.toMatchObject({ code: 'FS-READONLY-001' })
    await expect(source.ids()).resolves.toEqual([])
    await source.close()
  })

  it('keeps the times of copies, and orders those of its own', async () => {
    const source = await PostgresSource.open({ url: await testDatabase() })
    const future = '2999-01-01T00:00:00.000Z'
    await source.insert(
      [documentOf('p', '1.0.0', 'a', future), documentOf('p', '2.0.0', 'b', null)],
      [],
    )
    await source.transact(
      ['p'],
      planOf(() => ({ delete: ['1.0.0'] })),
    )
    await source.insert([documentOf('p', '1.0.0', 'c')], [])
    const { versions, history } = await source.past('p')
    expect(history).toEqual([{ deleted: { '1.0.0': future }, trash: false, at: future }])
    expect(versions).toEqual(
      new Map([
        ['1.0.0', future],
        ['2.0.0', null],
      ]),
    )
    await source.close()
  })
})
