import { describe, expect, it } from 'vitest'
import { postgresBackend } from '../../../../src/config/backends/postgres.js'
import { parseStoreUrl } from '../../../../src/config/store-url.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../../support/postgres.js'

describe.skipIf(POSTGRES_LEFT_OUT !== undefined)('postgresBackend', () => {
  it('opens the database of the URL with the settings', async () => {
    const target = parseStoreUrl(await testDatabase())
    const settings = { schemaName: 'prompts', staleMs: 0 }
    const store = await postgresBackend.open({ target, settings, options: {} })
    expect(store).toMatchObject({ coherence: 'nextCall' })
    await store.close()
    await expect(
      postgresBackend.open({ target, settings: {}, options: { create: false } }),
    ).rejects.toMatchObject({ code: 'FS-FORMAT-001', context: { reason: 'missing' } })
  })

  it('has no setting that a file cannot hold', () => {
    expect(postgresBackend.settings).toEqual(
      expect.arrayContaining(['schemaName', 'maxConnections', 'staleMs', 'useCache']),
    )
    for (const name of ['pool', 'url', 'schema', 'upgrade'])
      expect(postgresBackend.settings).not.toContain(name)
  })
})
