import { describe, expect, it } from 'vitest'
import { idOf, isMarker, newId } from '../../../src/buckets/bucket.js'
import { gcsBucket, LIKE_CEPH, s3Bucket, type TestBucket } from './support.js'

const text = (value: string): Uint8Array => Buffer.from(value)

describe.each<[string, () => Promise<TestBucket>]>([
  ['S3', s3Bucket],
  ['S3 with the conditions of Ceph', async () => await s3Bucket(LIKE_CEPH)],
  ['Google Cloud Storage', gcsBucket],
])('a bucket of %s', (_, make) => {
  it('writes where its condition holds, and says so where it does not', async () => {
    const { bucket } = await (await make()).open()
    const [one, two] = [newId(), newId()]
    const given = { name: 'k', bytes: text('one'), metadata: { extra: 'x' } }
    const first = await bucket.write({ ...given, id: one, precondition: 'absent' })
    expect(first).toMatchObject({ name: 'k', bytes: 3 })
    expect(await bucket.write({ ...given, id: two, precondition: 'absent' })).toBeUndefined()
    const found = await bucket.read('k')
    expect(Buffer.from(found?.bytes ?? []).toString()).toBe('one')
    expect(found && idOf(found.object)).toBe(one)
    expect(found?.object.metadata['extra']).toBe('x')
    const version = first?.version ?? ''
    const next = { ...given, bytes: text('two'), id: two, precondition: { version } }
    expect(await bucket.write(next)).toBeDefined()
    expect(await bucket.write({ ...next, id: newId() })).toBeUndefined()
    expect(await bucket.read('missing')).toBeUndefined()
  })

  it('removes exactly one object, or leaves a marker in its place', async () => {
    const { bucket } = await (await make()).open()
    const given = { name: 'k', bytes: text('one'), id: newId() }
    const first = await bucket.write({ ...given, precondition: 'absent' })
    const precondition = { version: first?.version ?? '' }
    const second = await bucket.write({ ...given, bytes: text('two'), id: newId(), precondition })
    if (first === undefined || second === undefined) throw new Error('It was not written')
    expect(await bucket.remove(first)).toBe(false)
    expect(await bucket.remove(second)).toBe(true)
    const left = await bucket.head('k')
    expect(left === undefined || isMarker(left)).toBe(true)
  })

  it('lists what begins with a prefix, and discards without a marker', async () => {
    const { bucket } = await (await make()).open()
    for (const name of ['p/a', 'p/b', 'q'])
      await bucket.write({ name, bytes: text(name), id: newId(), precondition: 'absent' })
    const listed = []
    for await (const page of bucket.scan('p/')) listed.push(...page)
    expect(listed.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['p/a', 3],
      ['p/b', 3],
    ])
    for (const object of listed) expect(await bucket.discard(object)).toBe(true)
    expect(await bucket.head('p/a')).toBeUndefined()
  })

  it('is named without secrets, and refuses a name that is too long', async () => {
    const { bucket } = await (await make()).open({ cloudPrefix: 'team/' })
    expect(bucket.place).toMatch(/^(s3|gs):\/\/files\/team\/$/)
    expect(() => bucket.checkName('x'.repeat(1025))).toThrow(RangeError)
  })
})

describe('a bucket that does not answer', () => {
  it('fails a question as unavailable, and a change with an unknown outcome', async () => {
    const { standIn, open } = await s3Bucket()
    const { bucket } = await open({ maxRetries: 0 })
    standIn.setFaults(() => 'lost')
    await expect(bucket.head('k')).rejects.toMatchObject({ code: 'FS-UNAVAILABLE-001' })
    const write = { name: 'k', bytes: text('x'), id: newId(), precondition: 'absent' } as const
    await expect(bucket.write(write)).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'unknown', key: 'k' },
    })
  })

  it('reads an answer that was cut again', async () => {
    const { standIn, open } = await s3Bucket()
    const { bucket } = await open()
    await bucket.write({ name: 'k', bytes: text('whole'), id: newId(), precondition: 'absent' })
    let cuts = 0
    standIn.setFaults(({ method }) => (method === 'GET' && cuts++ === 0 ? { cut: 2 } : undefined))
    expect(Buffer.from((await bucket.read('k'))?.bytes ?? []).toString()).toBe('whole')
    expect(cuts).toBe(2)
  })
})
