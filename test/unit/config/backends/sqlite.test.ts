import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createStorage } from '../../../../src/config/create-storage.js'
import { sqliteBackend } from '../../../../src/config/backends/sqlite.js'
import { snakeCased } from '../../../../src/config/keys.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../../support/temp.js'

describe('sqliteBackend', () => {
  it('opens the file of the URL with the settings', async () => {
    const file = join(await tempDirectory(), 'a.db')
    await using store = await createStorage(`sqlite:${file}?cache_size=7&lock_timeout_ms=100`)
    await store.saveVersion(sampleVersion('p', '1.0.0'))
    expect(store).toMatchObject({ file, cacheStats: { max_size: 7 } })
    const url = `sqlite:${file}`
    await using again = await createStorage({ backend: 'database', config: { url } })
    expect(await again.listVersionNames('p')).toEqual(['1.0.0'])
  })

  it('has the settings that a file can hold', () => {
    expect(sqliteBackend.settings.map(snakeCased)).toEqual([
      'use_cache',
      'cache_size',
      'cache_bytes',
      'allow_prerelease',
      'validate_on_read',
      'driver',
      'lock_timeout_ms',
      'poll_interval_ms',
    ])
  })

  it('opens for reading', async () => {
    const file = join(await tempDirectory(), 'a.db')
    await expect(createStorage(`sqlite:${file}`, { readOnly: true })).rejects.toMatchObject({
      code: 'FS-IO-001',
    })
  })
})
