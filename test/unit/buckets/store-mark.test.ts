import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/buckets/bucket.js'
import { StoreMark } from '../../../src/buckets/store-mark.js'
import { s3Bucket } from './support.js'

async function markWith(text: string) {
  const bucket = await s3Bucket()
  const parts = await bucket.open({ cloudPrefix: 'other/' })
  const { names } = await bucket.open()
  const found = await parts.bucket.head(names.mark)
  const precondition = { version: found?.version ?? '' }
  await parts.bucket.write({
    name: names.mark,
    bytes: Buffer.from(text),
    id: newId(),
    precondition,
  })
  return bucket
}

describe('the mark of a store', () => {
  it('is made once, and makes the prefix a store', async () => {
    const bucket = await s3Bucket()
    await expect(bucket.open({ create: false })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'missing' },
    })
    await Promise.all([bucket.open(), bucket.open()])
    const { mark } = await bucket.open({ create: false })
    expect(await mark.knownSince()).toBeUndefined()
    await bucket.open({ readOnly: true })
  })

  it('says since when the history is known', async () => {
    const { bucket, names } = await (await s3Bucket()).open()
    const mark = new StoreMark(bucket, names)
    const before = new Date().toISOString()
    await mark.endClearing()
    const known = await mark.knownSince()
    expect(known?.reason).toBe('cleared')
    expect(Date.parse(known?.since ?? '')).toBeGreaterThanOrEqual(Date.parse(before))
    const migrating = { since: '2024-02-29T01:02:03.004Z', reason: 'migrating' }
    await mark.setKnownSince(migrating)
    expect(await mark.knownSince()).toEqual(migrating)
    await mark.setKnownSince(undefined)
    expect(await mark.knownSince()).toBeUndefined()
  })

  it('knows nothing of the past while everything is being removed, and from the next opening on again', async () => {
    const place = await s3Bucket()
    const { mark } = await place.open()
    await mark.beginClearing()
    const during = new Date().toISOString()
    const shown = async (): Promise<string> => (await mark.knownSince())?.since ?? ''
    expect((await mark.knownSince())?.reason).toBe('cleared')
    await place.open({ readOnly: true })
    await expect.poll(async () => (await shown()) > during, { interval: 2 }).toBe(true)
    await place.open({ create: false })
    expect(await shown()).toBe(await shown())
    expect((await mark.knownSince())?.reason).toBe('cleared')
  })

  it.each([
    ['{"format":"holdfast versions","format_version":2}', 'newer'],
    ['{"format":"something"}', 'foreign'],
    ['null', 'foreign'],
    ['no', 'foreign'],
  ])('is refused when it is not one that this program knows: %s', async (text, reason) => {
    const bucket = await markWith(text)
    await expect(bucket.open()).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason },
    })
  })
})
