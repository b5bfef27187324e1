import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/buckets/bucket.js'
import { TransactionRecords } from '../../../src/buckets/records.js'
import { s3Bucket } from './support.js'

async function recordsOf() {
  const { bucket, names } = await (await s3Bucket()).open()
  return { records: new TransactionRecords(bucket, names), bucket, names }
}

describe('the record of a transaction', () => {
  it('is what was decided first', async () => {
    const { records } = await recordsOf()
    const id = newId()
    expect(await records.read(id)).toBeUndefined()
    const outcomes = await Promise.all([
      records.decide(id, 'committed', ['p', 'q']),
      records.decide(id, 'aborted', ['p']),
    ])
    expect(new Set(outcomes).size).toBe(1)
    expect((await records.read(id))?.outcome).toBe(outcomes[0])
  })

  it('names its prompts, and is gone once it is removed', async () => {
    const { records } = await recordsOf()
    const id = newId()
    await records.decide(id, 'committed', ['p', 'q'])
    expect(await records.read(id)).toEqual({ outcome: 'committed', promptIds: ['p', 'q'] })
    await records.remove(id)
    expect(await records.read(id)).toBeUndefined()
  })

  it('is listed by its age', async () => {
    const { records } = await recordsOf()
    const id = newId()
    await records.decide(id, 'aborted', ['p'])
    for (const [ageMs, ids] of [
      [60_000, []],
      [-60_000, [id]],
    ] as const) {
      const old: string[] = []
      for await (const [found] of records.olderThan(ageMs)) old.push(found)
      expect(old).toEqual(ids)
    }
  })

  it('that is damaged is refused', async () => {
    const { records, bucket, names } = await recordsOf()
    const id = newId()
    for (const [text, version] of [
      ['{"outcome":"maybe"}', undefined],
      ['no', 'next'],
    ]) {
      const name = names.transaction(id)
      const found = await bucket.head(name)
      const precondition =
        version === undefined || found === undefined ? 'absent' : { version: found.version }
      await bucket.write({ name, bytes: Buffer.from(text ?? ''), id: newId(), precondition })
      await expect(records.read(id)).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    }
  })
})
