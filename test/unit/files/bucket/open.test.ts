import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { CloudBackend } from '../../../../src/files/bucket/backend.js'
import { openCloud } from '../../../../src/files/bucket/open.js'
import { tempDirectory } from '../../../support/temp.js'
import { putText } from './files.js'
import { startS3 } from './standins/s3.mjs'
import { s3Config, SECRET } from './subjects.js'

const HASTE = { maxRetries: 3, timeoutSeconds: 2, breakerSeconds: 1 }

describe('credentials', () => {
  it('that are wrong are reported, and never shown', async () => {
    const standIn = await startS3({ accessKeyId: 'another-key' })
    const backend = await openCloud({ ...s3Config(standIn.endpoint), ...HASTE })
    const error: unknown = await backend?.head('key').catch((reason: unknown) => reason)
    const put: unknown = await putText(backend as CloudBackend, 'key', 'x').catch(
      (reason: unknown) => reason,
    )
    const report = await backend?.verifyBucketAccess()
    expect(put).toMatchObject({ code: 'FS-PERM-001' })
    expect(report).toMatchObject({
      ok: false,
      steps: { list: { code: 'FS-PERM-001' }, write: 'not-tried' },
    })
    for (const shown of [error, put, report, backend]) {
      const text = inspect(shown, { depth: 20, showHidden: true, getters: true })
      expect(text).not.toContain(SECRET)
      expect(text).not.toMatch(/AWS4-HMAC|Signature=/i)
    }
    await backend?.close()
    await standIn.close()
  })

  it('of Google in a damaged file are reported, and its text is never shown', async () => {
    const path = join(await tempDirectory(), 'key.json')
    await writeFile(path, `{"private_key": "${SECRET}", "client_email": oops`)
    const backend = await openCloud({
      gcsBucketName: 'files',
      gcsCredentialsPath: path,
      ...HASTE,
    })
    const error: unknown = await backend?.checkCredentials().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'FS-PERM-001' })
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(SECRET.slice(0, 10))
    expect(inspect(await backend?.verifyBucketAccess(), { depth: 20 })).not.toContain(
      SECRET.slice(0, 10),
    )
    await backend?.close()
  })

  it('of S3 that are nowhere are reported', async () => {
    const { stdout } = runBuilt(`
      const backend = await openCloud({ s3BucketName: 'files', s3Endpoint: 'http://127.0.0.1:9' })
      await backend.checkCredentials().catch(({ code }) => console.log(code))
    `)
    expect(stdout.trim()).toBe('FS-PERM-001')
  })
})

describe('openCloud', () => {
  it('gives nothing when no bucket is named, and refuses what does not fit', async () => {
    expect(await openCloud({})).toBeUndefined()
    await expect(openCloud({ s3BucketName: 'a', gcsBucketName: 'b' })).rejects.toThrow(
      /exclude each other/,
    )
    await expect(openCloud({ s3BucketName: 'a', s3AccessKeyId: 'x' })).rejects.toThrow(
      /belong together/,
    )
    await expect(openCloud({ s3BucketName: '' })).rejects.toThrow(TypeError)
    await expect(openCloud({ gcsBucketName: 'a', maxRetries: -1 })).rejects.toThrow(RangeError)
  })

  it.each([
    ['@aws-sdk/client-s3', "{ s3BucketName: 'a' }", 'npm install @aws-sdk/client-s3'],
    ['@google-cloud/storage', "{ gcsBucketName: 'a' }", 'npm install @google-cloud/storage'],
  ])('says what to install when %s is missing', (name, config, hint) => {
    const { stdout } = runBuilt(
      `
      await openCloud(${config}).catch((error) => console.log(error.name, error.message))
    `,
      name,
    )
    expect(stdout).toContain('TypeError')
    expect(stdout).toContain(hint)
  })
})

/** Runs a module of the built package, with no credentials around and, if wanted, without one of the packages. */
function runBuilt(code: string, missing = ''): { readonly stdout: string } {
  const hook = `export async function resolve(name, context, next) {
    if (name === '${missing}') throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' })
    return await next(name, context)
  }`
  const hookUrl = `data:text/javascript,${encodeURIComponent(hook)}`
  const built = new URL('../../../../dist/files/bucket/open.js', import.meta.url).href
  const script = `
    import { register } from 'node:module'
    register(${JSON.stringify(hookUrl)})
    const { openCloud } = await import(${JSON.stringify(built)})
    ${code}`
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    NODE_NO_WARNINGS: '1',
  }
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env,
  })
  if (stdout === '') throw new Error(stderr)
  return { stdout }
}
