import { beforeAll, describe, expect, it } from 'vitest'
import { prepareSchema } from '../../../src/postgres/schema.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { asked, connectionsTo } from './support.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('prepareSchema', () => {
  let url = ''
  beforeAll(async () => {
    url = await testDatabase()
  })
  const rules = (name: string) => ({ name, mayChange: true, lockTimeoutMs: 10_000 })

  it('makes the tables once, whichever of many comes first', async () => {
    const connections = await connectionsTo(url)
    const all = Array.from({ length: 8 }, async () => {
      await prepareSchema(connections, rules('many'))
    })
    await Promise.all(all)
    await expect(asked(connections, 'SELECT version, pruned FROM many.meta')).resolves.toEqual([
      { version: 1, pruned: '0' },
    ])
  })

  it('refuses the tables of a later program, and leaves them as they are', async () => {
    const connections = await connectionsTo(url)
    await prepareSchema(connections, rules('later'))
    await asked(connections, 'UPDATE later.meta SET version = 7')
    await expect(prepareSchema(connections, rules('later'))).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      message: /Schema "later" .* was made by a later program: it has version 7/,
      context: { reason: 'newer', format_version: 7 },
    })
    await expect(asked(connections, 'SELECT version FROM later.meta')).resolves.toEqual([
      { version: 7 },
    ])
  })

  it('takes a schema that is there and empty, and refuses one with other tables', async () => {
    const connections = await connectionsTo(url)
    await asked(connections, 'CREATE SCHEMA empty')
    await prepareSchema(connections, rules('empty'))
    await asked(connections, 'CREATE SCHEMA other')
    await asked(connections, 'CREATE TABLE other.versions (n integer)')
    await expect(prepareSchema(connections, rules('other'))).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'foreign' },
    })
    await expect(asked(connections, 'SELECT * FROM other.versions')).resolves.toEqual([])
  })

  it('makes nothing where it may not', async () => {
    const connections = await connectionsTo(url)
    await expect(
      prepareSchema(connections, { ...rules('absent'), mayChange: false }),
    ).rejects.toMatchObject({ code: 'FS-FORMAT-001', context: { reason: 'missing' } })
  })

  it('refuses a database that is not UTF-8', async () => {
    const connections = await connectionsTo(url)
    await asked(
      connections,
      `CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`,
    )
    const other = new URL(url)
    other.pathname = '/latin'
    const latin = await connectionsTo(other.href)
    await expect(prepareSchema(latin, rules('x'))).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'encoding' },
    })
  })
})
