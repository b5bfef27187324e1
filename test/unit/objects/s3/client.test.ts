import { describe, expect, it } from 'vitest'
import { loadS3, type S3Parts } from '../../../../src/objects/s3/client.js'
import { s3Options } from '../services.js'

const ENDPOINT = 'http://127.0.0.1:1'

async function load(changes: Parameters<typeof s3Options>[1] = {}): Promise<S3Parts> {
  return await loadS3(s3Options(ENDPOINT, changes))
}

describe('the clients of S3', () => {
  it('do not retry, since the policy does; but for the parts of a large upload', async () => {
    const { client, partsClient } = await load({ retries: 7 })
    expect(await client.config.maxAttempts()).toBe(1)
    expect(await partsClient.config.maxAttempts()).toBe(8)
  })

  it('name the bucket in the path at an endpoint, and the region that endpoints expect', async () => {
    const { client } = await load()
    expect(client.config.forcePathStyle).toBe(true)
    expect(await client.config.region()).toBe('us-east-1')
    const { client: other } = await load({ forcePathStyle: false, region: 'eu-west-3' })
    expect(other.config.forcePathStyle).toBe(false)
    expect(await other.config.region()).toBe('eu-west-3')
    const { client: amazon } = await load({ endpoint: undefined, region: 'eu-west-3' })
    expect(amazon.config.forcePathStyle).toBe(false)
  })

  it('use just the credentials that are given, with their token', async () => {
    const { client } = await load({ sessionToken: 'token' })
    expect(await client.config.credentials()).toMatchObject({
      accessKeyId: 'stand-in-key',
      sessionToken: 'token',
    })
    const { client: without } = await load()
    expect(await without.config.credentials()).not.toHaveProperty('sessionToken')
  })

  it('send no checksums but those that are required: many services know only MD5', async () => {
    const { client } = await load()
    expect(await client.config.requestChecksumCalculation()).toBe('WHEN_REQUIRED')
    expect(await client.config.responseChecksumValidation()).toBe('WHEN_REQUIRED')
  })
})
