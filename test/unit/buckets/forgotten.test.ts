import { describe, expect, it } from 'vitest'
import { newId } from '../../../src/buckets/bucket.js'
import { finishForgotten } from '../../../src/buckets/forgotten.js'
import { committed, preparedFor } from '../../../src/buckets/head-state.js'
import { TransactionRecords } from '../../../src/buckets/records.js'
import { labelled, LIKE_CEPH, s3Bucket } from './support.js'

/** A transaction of a process that has ended after it was decided. */
async function left(outcome: 'committed' | 'aborted') {
  const { heads, bucket, names } = await (await s3Bucket(LIKE_CEPH)).open()
  const records = new TransactionRecords(bucket, names)
  const before = await heads.read('p')
  const change = { head: labelled('a', '1.0.0'), moves: [] }
  const id = newId()
  const commit = { id, at: '2025-01-17T10:30:00.000Z', change, deleted: new Map() }
  const after = committed(before.state, commit)
  await heads.swap(before, preparedFor(before.state, { id, isShared: true, saves: [], after }))
  await records.decide(id, outcome, ['p'])
  return { parts: { heads, records, bucket }, id }
}

describe('a transaction that a process has left behind', () => {
  it('is left alone for a day: its process may go on', async () => {
    const { parts, id } = await left('committed')
    await finishForgotten(parts)
    expect(await parts.records.read(id)).toBeDefined()
    expect((await parts.heads.read('p')).state.prepared?.id).toBe(id)
  })

  it.each(['committed', 'aborted'] as const)('is carried out then: %s', async (outcome) => {
    const { parts, id } = await left(outcome)
    await finishForgotten(parts, -60_000)
    expect(await parts.records.read(id)).toBeUndefined()
    const { state } = await parts.heads.read('p')
    expect(state.prepared).toBeUndefined()
    expect(state.head !== undefined).toBe(outcome === 'committed')
  })
})
