import { describe, expect, it, onTestFinished } from 'vitest'
import { objectsBackend } from '../../../../src/config/backends/objects.js'
import { createStorage } from '../../../../src/config/create-storage.js'
import { snakeCased } from '../../../../src/config/keys.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { startGcs } from '../../files/bucket/standins/gcs.mjs'
import { startS3 } from '../../files/bucket/standins/s3.mjs'
import { SECRET } from '../../files/bucket/subjects.js'

describe('objectsBackend', () => {
  it('opens the bucket and prefix of an s3: URL with the settings', async () => {
    const standIn = await startS3()
    onTestFinished(async () => await standIn.close())
    const config = {
      url: 's3://files/team',
      s3_endpoint: standIn.endpoint,
      s3_access_key_id: 'stand-in-key',
      s3_secret_access_key: SECRET,
      stale_ms: 0,
    }
    await using store = await createStorage({ backend: 'objects', config })
    await store.saveVersion(sampleVersion('p', '1.0.0'))
    expect(store).toMatchObject({ coherence: 'nextCall' })
    expect(standIn.requests.some((made) => made.startsWith('PUT /files/team/p/1.0.0.json'))).toBe(
      true,
    )
  })

  it('opens the bucket of a gs: URL, with settings behind its "?"', async () => {
    const standIn = await startGcs()
    onTestFinished(async () => await standIn.close())
    const endpoint = encodeURIComponent(standIn.endpoint)
    await using store = await createStorage(`gs://files?gcs_api_endpoint=${endpoint}`)
    await store.saveVersion(sampleVersion('p', '1.0.0'))
    expect(await store.listVersionNames('p')).toEqual(['1.0.0'])
  })

  it('names a wrong setting as it was spelled', async () => {
    await expect(createStorage('s3://files?stale_ms=no')).rejects.toThrow(
      /Key "config.stale_ms" must be/,
    )
  })

  it('has the settings that a file can hold, under the names of those of files', () => {
    const names = objectsBackend.settings.map(snakeCased)
    for (const name of ['s3_region', 's3_endpoint', 'max_retries', 'stale_ms', 'use_cache'])
      expect(names).toContain(name)
    for (const name of ['s3_bucket_name', 'gcs_bucket_name', 'cloud_prefix', 'schema', 'create'])
      expect(names).not.toContain(name)
    expect(objectsBackend.paths).toEqual(['gcsCredentialsPath', 'cacheDir'])
  })
})
