import { describe, expect, it } from 'vitest'
import { Reads } from '../../../src/postgres/reads.js'
import { PostgresSource } from '../../../src/postgres/index.js'
import { statementsFor } from '../../../src/postgres/statements.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { connectionsTo, documentOf } from './support.js'

const VERSIONS = Array.from({ length: 100 }, (_, at) => `1.0.${at}`)

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('Reads', () => {
  it('give each of many callers what it has asked for, whatever shares a statement', async () => {
    const url = await testDatabase()
    const source = await PostgresSource.open({ url })
    for (const id of ['p', 'q'])
      await source.insert(
        VERSIONS.map((version) => documentOf(id, version, `${id} ${version}`)),
        [],
      )
    await source.close()
    const reads = new Reads(await connectionsTo(url), statementsFor('holdfast'))
    const asked = VERSIONS.flatMap((version, at) => [
      { id: 'p', versions: [version, '9.0.0'] },
      { id: 'q', versions: VERSIONS.slice(at, at + 3) },
      { id: 'none', versions: [version] },
      { id: 'p', versions: [] },
    ])
    const found = await Promise.all(
      asked.map(async ({ id, versions }) => {
        const documents = await reads.get(id, versions)
        return documents.map(({ bytes }) => Buffer.from(bytes).toString()).toSorted()
      }),
    )
    const expected = asked.map(({ id, versions }) =>
      versions
        .filter((version) => id !== 'none' && version !== '9.0.0')
        .map((version) => `${id} ${version}`)
        .toSorted(),
    )
    expect(found).toEqual(expected)
  })

  it('of one version do not make the server plan again at each call', async () => {
    const url = await testDatabase()
    const source = await PostgresSource.open({ url })
    await source.insert([documentOf('p', '1.0.0')], [])
    await source.close()
    const connections = await connectionsTo(url, undefined, 1)
    const reads = new Reads(connections, statementsFor('holdfast'))
    for (let call = 0; call < 20; call++) {
      expect(await reads.get('p', ['1.0.0'])).toHaveLength(1)
      expect(await reads.get('p', ['1.0.1'])).toEqual([])
    }
    const text = `SELECT generic_plans > 0 AS is_generic FROM pg_prepared_statements
      WHERE name = 'holdfast_getOne'`
    expect(await connections.read({ text })).toEqual([{ is_generic: true }])
  })

  it('of more than a statement takes are read by themselves', async () => {
    const url = await testDatabase()
    const source = await PostgresSource.open({ url })
    await source.insert(
      VERSIONS.map((version) => documentOf('p', version)),
      [],
    )
    const lists = await Promise.all(
      [VERSIONS, VERSIONS, ['1.0.7']].map(async (some) => await source.get('p', some)),
    )
    expect(lists.map(({ length }) => length)).toEqual([100, 100, 1])
    await source.close()
  })
})
