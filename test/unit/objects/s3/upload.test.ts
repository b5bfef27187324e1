import { describe, expect, it, onTestFinished } from 'vitest'
import { loadS3, type S3Parts } from '../../../../src/objects/s3/client.js'
import { uploadOnePart, uploadParts, uploadWhole } from '../../../../src/objects/s3/upload.js'
import { spoolBytes, withSpooled } from '../../../../src/objects/spool.js'
import type { StandIn } from '../../files/bucket/standins/http.mjs'
import { startS3 } from '../../files/bucket/standins/s3.mjs'
import { pieces } from '../../files/support.js'
import { MIB, s3Options, signal } from '../services.js'

const INPUT = { Bucket: 'files', Key: 'k', IfNoneMatch: '*', Metadata: { n: '1' } }

async function served(): Promise<{ readonly parts: S3Parts; readonly standIn: StandIn }> {
  const standIn = await startS3()
  onTestFinished(async () => await standIn.close())
  return { parts: await loadS3(s3Options(standIn.endpoint, { retries: 2 })), standIn }
}

async function contentOf({ sdk, client }: S3Parts): Promise<Buffer | undefined> {
  try {
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: 'files', Key: 'k' }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined
    throw error
  }
}

const partsIn = ({ requests }: StandIn): number =>
  requests.filter((request) => /^PUT .*partNumber=/.test(request)).length

describe('an upload', () => {
  it('in one part stores the same bytes as a whole one under another ETag', async () => {
    const { parts } = await served()
    const body = spoolBytes(Buffer.from('same bytes'))
    const whole = await uploadWhole(parts, INPUT, body, signal())
    const condition = { ...INPUT, IfNoneMatch: undefined, IfMatch: whole.ETag }
    const onePart = await uploadOnePart(parts, condition, body, signal())
    expect(onePart.ETag).not.toBe(whole.ETag)
    expect((await contentOf(parts))?.toString()).toBe('same bytes')
    await expect(uploadOnePart(parts, condition, body, signal())).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
  })

  it('in parts has parts of 8 to 9 MiB, from memory and from a spooled stream, in their order', async () => {
    const { parts, standIn } = await served()
    const content = Buffer.alloc(20 * MIB)
    for (let at = 0; at < content.length; at += 4096) content.writeUInt32BE(at, at)
    await uploadParts(parts, INPUT, spoolBytes(content), signal())
    expect(partsIn(standIn)).toBe(3)
    expect((await contentOf(parts))?.equals(content)).toBe(true)
    await withSpooled(pieces(content, MIB), async (body) => {
      expect(body.isInMemory).toBe(false)
      const again = { ...INPUT, IfNoneMatch: undefined }
      await uploadParts(parts, again, body, signal())
    })
    expect((await contentOf(parts))?.equals(content)).toBe(true)
  })

  it('retries a part that fails for a moment, alone', async () => {
    const { parts, standIn } = await served()
    let left = 1
    standIn.setFaults(({ url }) =>
      url.searchParams.get('partNumber') === '2' && left-- > 0 ? { status: 500 } : undefined,
    )
    const content = Buffer.alloc(20 * MIB, 'xyz')
    await uploadParts(parts, INPUT, spoolBytes(content), signal())
    expect(partsIn(standIn)).toBe(4)
    expect((await contentOf(parts))?.equals(content)).toBe(true)
  })

  it('that fails for good, or whose condition does not hold, is given up and leaves nothing', async () => {
    const { parts, standIn } = await served()
    const body = spoolBytes(Buffer.alloc(20 * MIB))
    standIn.setFaults(({ url }) =>
      url.searchParams.get('partNumber') === '2' ? { status: 403 } : undefined,
    )
    await expect(uploadParts(parts, INPUT, body, signal())).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    })
    expect(standIn.requests.at(-1)).toMatch(/^DELETE .*uploadId=/)
    expect(await contentOf(parts)).toBeUndefined()
    standIn.setFaults(undefined)
    await uploadWhole(parts, INPUT, spoolBytes(Buffer.from('first')), signal())
    await expect(uploadParts(parts, INPUT, body, signal())).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
    expect(standIn.requests.at(-1)).toMatch(/^DELETE .*uploadId=/)
    expect((await contentOf(parts))?.toString()).toBe('first')
  })

  it('ends with its signal', async () => {
    const { parts, standIn } = await served()
    const controller = new AbortController()
    standIn.setFaults(({ url }) => {
      if (!url.searchParams.has('partNumber')) return undefined
      controller.abort()
      return 'hang'
    })
    const body = spoolBytes(Buffer.alloc(20 * MIB))
    await expect(uploadParts(parts, INPUT, body, controller.signal)).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(await contentOf(parts)).toBeUndefined()
  })
})
