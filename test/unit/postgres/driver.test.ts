import { describe, expect, it } from 'vitest'
import { importDriver } from '../../../src/postgres/driver.js'

describe('importDriver', () => {
  it('loads the pool and the client of pg', async () => {
    const { Pool, Client } = await importDriver()
    expect(new Pool({ max: 3 }).options).toMatchObject({ max: 3 })
    expect(new Client({ host: 'db', user: 'bob' })).toMatchObject({ host: 'db', user: 'bob' })
  })
})
