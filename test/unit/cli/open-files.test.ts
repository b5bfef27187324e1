import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Environment } from '../../../src/cli/environment.js'
import type { GlobalOptions } from '../../../src/cli/global-options.js'
import { openFiles, type OpenFilesHow } from '../../../src/cli/open-files.js'
import type { FileStorage } from '../../../src/files/file-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { startS3 } from '../files/bucket/standins/s3.mjs'
import { SECRET } from '../files/bucket/subjects.js'
import { createEnvironment } from './environment.js'

async function opened(
  options: Partial<GlobalOptions>,
  variables: Environment['variables'] = {},
  how: OpenFilesHow = {},
): Promise<FileStorage> {
  const { environment } = createEnvironment({ variables })
  const files = await openFiles(environment, { color: true, ...options }, how)
  onTestFinished(async () => await files.close())
  return files
}

/** A bucket, as the variables of its credentials and the URL of a folder in it. */
async function bucket(): Promise<{ store: string; keys: Environment['variables'] }> {
  const { endpoint, close } = await startS3()
  onTestFinished(async () => await close())
  return {
    store: `s3://files/data?s3_endpoint=${encodeURIComponent(endpoint)}`,
    keys: { S3_ACCESS_KEY_ID: 'stand-in-key', S3_SECRET_ACCESS_KEY: SECRET },
  }
}

describe('openFiles', () => {
  it('keeps the files of a URL where it says, whatever bucket the variables name', async () => {
    const dir = await tempDirectory()
    const elsewhere = { S3_BUCKET_NAME: 'elsewhere', S3_ENDPOINT: 'http://127.0.0.1:9' }
    const files = await opened({ store: `file:${dir}` }, elsewhere, { create: true })
    await files.store('a.txt', 'x')
    expect(await readdir(dir)).toContain('a.txt')
    const { store, keys } = await bucket()
    const inBucket = await opened({ store }, { ...keys, GCS_BUCKET_NAME: 'elsewhere' })
    await inBucket.store('a.txt', 'y')
    expect((await inBucket.verifyBucketAccess()).bucket).toBe('files')
  })

  it('has a directory for outages only where one is named', async () => {
    const dir = await tempDirectory()
    const away = `s3://files/data?s3_endpoint=${encodeURIComponent('http://127.0.0.1:9')}&timeout_seconds=1`
    const { keys } = await bucket()
    const alone = await opened({ store: away, retries: 0 }, keys)
    await expect(alone.store('a.txt', 'x')).rejects.toMatchObject({ code: 'FS-UNAVAILABLE-001' })
    const variables = { ...keys, LOCAL_STORAGE_PATH: dir }
    const kept = await opened({ store: away, retries: 0 }, variables, { create: true })
    await kept.store('a.txt', 'x')
    expect((await kept.getStats()).pending_uploads).toBe(1)
  })

  it('keeps nothing in memory, and finds nothing there', async () => {
    const files = await opened({ store: 'memory:' }, { LOCAL_STORAGE_PATH: await tempDirectory() })
    expect(await files.stat('a')).toBeUndefined()
    await expect(opened({ store: 'memory:' }, {}, { create: true })).rejects.toThrow(
      'memory: keeps nothing when the command ends',
    )
  })

  it('refuses flags about a directory where there is none, and reading alone of a bucket', async () => {
    const { store, keys } = await bucket()
    for (const [flag, options] of [
      ['--read-only', { readOnly: true }],
      ['--adopt', { adopt: true }],
      ['--disk', { disk: 'portable' }],
      ['--portable', { portable: true }],
      ['--group', { group: true }],
    ] as const)
      await expect(opened({ store, ...options }, keys)).rejects.toMatchObject({
        code: 'CLI-USAGE-001',
        message: expect.stringContaining(`${flag} means nothing to the files in s3://files/data`),
      })
  })

  it('makes a directory that holds other files a store only when told to', async () => {
    const dir = await tempDirectory()
    await writeFile(join(dir, 'other.txt'), 'x')
    await expect(opened({ dir }, {}, { create: true })).rejects.toThrow('or pass --adopt')
    const files = await opened({ dir, adopt: true }, {}, { create: true })
    expect(await files.store('a', 'x')).toBe(true)
  })
})
