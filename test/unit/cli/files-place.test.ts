import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Environment } from '../../../src/cli/environment.js'
import { filesPlace, type FilesPlace } from '../../../src/cli/files-place.js'
import type { GlobalOptions } from '../../../src/cli/global-options.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'

async function place(
  options: Partial<GlobalOptions>,
  variables: Environment['variables'] = {},
  ownDirectory?: string,
): Promise<FilesPlace> {
  const { environment } = createEnvironment({ variables })
  return await filesPlace(environment, { color: true, ...options }, ownDirectory)
}

describe('filesPlace', () => {
  it('is what a URL of each kind says', async () => {
    expect(await place({ store: 'file:data?cache_bytes=5&enable_compression=false' })).toEqual({
      directory: 'data',
      shown: 'file:data',
      options: { backend: 'local', cacheBytes: 5, enableCompression: false },
    })
    expect(await place({ store: 's3://bucket/a/b?s3_region=eu' })).toEqual({
      directory: undefined,
      shown: expect.stringContaining('s3://bucket/a/b'),
      options: { backend: 'cloud', s3BucketName: 'bucket', cloudPrefix: 'a/b/', s3Region: 'eu' },
    })
    expect((await place({ store: 'gs://bucket' })).options).toEqual({
      backend: 'cloud',
      gcsBucketName: 'bucket',
      cloudPrefix: '',
    })
    expect((await place({ store: 'memory:' })).options).toEqual({ backend: 'memory' })
  })

  it('takes flags, HOLDFAST_DIR, its own variable and the variables of all stores, in this order', async () => {
    const file = join(await tempDirectory(), 'url')
    await writeFile(file, 'file:from-file\n')
    const variables = { HOLDFAST_DIR: 'dir', HOLDFAST_STORE: 'file:store' }
    expect(await place({ store: 'file:flag' }, variables, 'own')).toMatchObject({
      directory: 'flag',
    })
    expect(await place({ dir: 'flag' }, variables, 'own')).toEqual({
      directory: 'flag',
      shown: 'flag',
      options: undefined,
    })
    expect(await place({}, variables, 'own')).toMatchObject({ directory: 'dir' })
    const store = { HOLDFAST_DIR: '', HOLDFAST_STORE: 'file:store' }
    expect(await place({}, store, 'own')).toMatchObject({ directory: 'own' })
    expect(await place({}, store)).toMatchObject({ directory: 'store' })
    expect(await place({}, { HOLDFAST_STORE_FILE: file })).toMatchObject({ directory: 'from-file' })
  })

  it('refuses none, and two', async () => {
    for (const none of [place({}), place({ dir: '' }, { HOLDFAST_DIR: 'a' })])
      await expect(none).rejects.toThrow(/^No storage directory given: pass --dir .* --store URL/)
    await expect(place({ dir: 'a', store: 'file:b' })).rejects.toThrow(
      'Either --dir or --store, not both',
    )
    const two = { HOLDFAST_STORE: 'file:a', HOLDFAST_STORE_FILE: 'b' }
    await expect(place({}, two)).rejects.toThrow(
      'HOLDFAST_STORE and HOLDFAST_STORE_FILE both name the store: set one',
    )
  })

  it('refuses a store that holds no files, and names those that do', async () => {
    for (const url of ['sqlite:prompts.db?busy_timeout_ms=1', 'postgres://bob@db/x'])
      await expect(place({ store: url })).rejects.toMatchObject({
        code: 'CLI-USAGE-001',
        message: `The store ${url.split('?')[0]} holds no files, only versions: name one that does, such as file:DIRECTORY, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX, with --dir or --store`,
      })
    const hidden = place({}, { HOLDFAST_STORE: 'postgres://bob:hunter2@db/x' })
    await expect(hidden).rejects.toThrow('The store postgres://bob:***@db/x holds no files')
  })

  it('refuses a secret among the arguments, and unknown settings by the nearest name', async () => {
    const secret = 's3://bucket/a?s3_secret_access_key=hunter2'
    await expect(place({ store: secret })).rejects.toThrow(/contains a password/)
    await expect(place({ store: secret })).rejects.not.toThrow('hunter2')
    expect((await place({}, { HOLDFAST_STORE: secret })).options).toMatchObject({
      s3SecretAccessKey: 'hunter2',
    })
    await expect(place({ store: 's3://bucket/a?s3_endpiont=x' })).rejects.toThrow(
      'Unknown key "s3_endpiont" of the URL of --store; did you mean "s3_endpoint"?',
    )
    await expect(place({ store: 'file:a?backend=memory' })).rejects.toThrow('Unknown key')
  })
})
