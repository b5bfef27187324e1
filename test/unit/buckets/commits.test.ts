import { describe, expect, it } from 'vitest'
import { PAGE_ENTRIES } from '../../../src/buckets/head-state.js'
import { BucketSource } from '../../../src/buckets/index.js'
import type { OpenBucket } from '../../../src/buckets/open-bucket.js'
import { documentOf, planOf } from '../../support/stored-documents.js'
import { labelled, moveTo, s3Bucket } from './support.js'

const HOUR_AGO = new Date(Date.now() - 3_700_000).toISOString()

async function move(source: BucketSource, version: string, label = 'production') {
  await source.transact(
    ['p'],
    planOf(({ head }) => {
      const from = head?.labels[label]?.version ?? null
      return { head: labelled(label, version), moves: [moveTo(label, from, version)] }
    }),
  )
}

/** The requests that a call changes something with. */
async function changesOf(
  { standIn }: Awaited<ReturnType<typeof s3Bucket>>,
  call: () => Promise<unknown>,
): Promise<readonly string[]> {
  const begin = standIn.requests.length
  await call()
  return standIn.requests
    .slice(begin)
    .filter((request) => !/^(GET|HEAD)/.test(request))
    .map((request) => request.replace(/\?.*/, '').replace(/[0-9a-f]{32}/, 'ID'))
}

async function removedOf({ heads }: OpenBucket) {
  return (await heads.read('p')).state.removed
}

describe('a commit', () => {
  it('of labels alone is one change of the head', async () => {
    const bucket = await s3Bucket()
    const source = new BucketSource(await bucket.open())
    await source.insert([documentOf('p', '1.0.0')], [])
    expect(await changesOf(bucket, async () => await move(source, '1.0.0'))).toEqual([
      'PUT /files/.holdfast/heads/p.json',
    ])
  })

  it('of one prompt with versions announces itself, creates them, and changes the head', async () => {
    const bucket = await s3Bucket()
    const source = new BucketSource(await bucket.open())
    const save = [documentOf('p', '1.0.0')]
    const publish = async () =>
      await source.transact(
        ['p'],
        planOf(() => ({ save, head: labelled('production', '1.0.0') })),
      )
    expect(await changesOf(bucket, publish)).toEqual([
      'PUT /files/.holdfast/heads/p.json',
      'PUT /files/p/1.0.0.json',
      'PUT /files/.holdfast/heads/p.json',
    ])
  })

  it('of several prompts is decided by its record, which is removed at the end', async () => {
    const bucket = await s3Bucket()
    const source = new BucketSource(await bucket.open())
    const all = [documentOf('p', '1.0.0'), documentOf('q', '1.0.0')]
    const made = await changesOf(bucket, async () => await source.insert(all, []))
    expect(made.slice(0, 2)).toEqual([
      'PUT /files/.holdfast/heads/p.json',
      'PUT /files/.holdfast/heads/q.json',
    ])
    expect(made.slice(2, 4).toSorted()).toEqual([
      'PUT /files/p/1.0.0.json',
      'PUT /files/q/1.0.0.json',
    ])
    expect(made[4]).toBe('PUT /files/.holdfast/transactions/ID.json')
    expect(made.at(-1)).toBe('DELETE /files/.holdfast/transactions/ID.json')
    expect(made).toHaveLength(8)
  })

  it('of a version that is taken meanwhile leaves nothing behind', async () => {
    const bucket = await s3Bucket()
    const [one, other] = await Promise.all([bucket.open(), bucket.open()])
    let calls = 0
    await new BucketSource(one).transact(['p'], async (views) => {
      if (++calls === 1) await other.documents.save(documentOf('p', '1.0.0', 'first'))
      const version = calls === 1 ? '1.0.0' : '1.1.0'
      const save = [documentOf('p', version, 'second'), documentOf('p', '3.0.0', `try ${calls}`)]
      return await planOf(() => ({ save }))(views)
    })
    expect(calls).toBe(2)
    expect(await one.reader.names('p')).toEqual(['1.0.0', '1.1.0', '3.0.0'])
    const [third] = await one.reader.get('p', ['3.0.0'])
    expect(Buffer.from(third?.bytes ?? []).toString()).toBe('try 2')
    expect((await one.heads.read('p')).state.prepared).toBeUndefined()
  })

  it('whose answer was lost is found in the head', async () => {
    const bucket = await s3Bucket()
    const source = new BucketSource(await bucket.open())
    await source.insert([documentOf('p', '1.0.0')], [])
    for (const fault of ['lost', 'reset'] as const) {
      let isDone = false
      bucket.standIn.setFaults(({ method }) => {
        if (method !== 'PUT' || isDone) return undefined
        isDone = true
        return fault
      })
      await move(source, '1.0.0', fault)
    }
    expect((await source.past('p')).history).toHaveLength(2)
  })

  it('whose answer was lost counts though others have changed the head since', async () => {
    const bucket = await s3Bucket()
    const [one, other] = await Promise.all([bucket.open(), bucket.open()])
    await one.documents.save(documentOf('p', '1.0.0'))
    const isHead = (path: string) => path.includes('/heads/')
    let step = 0
    bucket.standIn.setFaults(({ method, url }) => {
      if (method === 'PUT' && isHead(url.pathname) && step++ === 0) return 'lost'
      return undefined
    })
    const moving = move(new BucketSource(one), '1.0.0', 'a')
    await expect.poll(() => step).toBeGreaterThan(0)
    await Promise.all([moving, move(new BucketSource(other), '1.0.0', 'b')])
    expect((await one.reader.past('p')).history).toHaveLength(2)
  })

  it('has an unknown outcome when the service stays away after it was sent', async () => {
    const bucket = await s3Bucket()
    const source = new BucketSource(await bucket.open({ maxRetries: 0 }))
    await source.insert([documentOf('p', '1.0.0')], [])
    let isAway = false
    bucket.standIn.setFaults(({ method }) => {
      isAway ||= method === 'PUT'
      return isAway ? 'lost' : undefined
    })
    await expect(move(source, '1.0.0')).rejects.toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'unknown' },
    })
  })

  it('has no effect when the service goes away before it was decided', async () => {
    const bucket = await s3Bucket()
    const parts = await bucket.open({ maxRetries: 0, abandonedMs: 100 })
    const source = new BucketSource(parts)
    bucket.standIn.setFaults(({ method, url }) =>
      method === 'PUT' && url.pathname.endsWith('/1.0.0.json') ? 'lost' : undefined,
    )
    const all = [documentOf('p', '1.0.0'), documentOf('q', '1.1.0')]
    await expect(source.insert(all, [])).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { outcome: 'none' },
    })
    bucket.standIn.setFaults(undefined)
    expect(await source.ids()).toEqual([])
    expect(await source.insert(all, [])).toBeUndefined()
    expect(await source.names('q')).toEqual(['1.1.0'])
  })
})

describe('a long history', () => {
  it('goes to objects of its own, page by page, and is read whole', async () => {
    const bucket = await s3Bucket()
    const parts = await bucket.open()
    const source = new BucketSource(parts)
    await source.insert([documentOf('p', '1.0.0')], [])
    const moves = 2 * PAGE_ENTRIES + 3
    for (let at = 0; at < moves; at++)
      await source.transact(
        ['p'],
        planOf(() => ({
          head: labelled('a', '1.0.0'),
          moves: [{ ...moveTo('a', null, '1.0.0'), reason: String(at) }],
        })),
      )
    const { state } = await parts.heads.read('p')
    expect([state.pages, state.tail.length]).toEqual([1, PAGE_ENTRIES + 3])
    const { history } = await source.past('p')
    expect(history.map((entry) => ('label' in entry ? entry.reason : ''))).toEqual(
      Array.from({ length: moves }, (_, at) => String(at)),
    )
  })
})

describe('the ids of removed objects', () => {
  it('are kept while a late request may bring one of them, and then forgotten', async () => {
    const bucket = await s3Bucket()
    const parts = await bucket.open()
    const source = new BucketSource(parts)
    const all = ['1.0.0', '1.1.0', '1.2.0'].map((version) => documentOf('p', version))
    await source.insert(all, [])
    await source.transact(
      ['p'],
      planOf(() => ({ delete: ['1.0.0', '1.1.0'] })),
    )
    expect([...(await removedOf(parts)).keys()]).toEqual(['1.0.0', '1.1.0'])
    const head = await parts.heads.read('p')
    const removed = new Map(
      [...head.state.removed].map(([version, objects]) => [
        version,
        objects.map(({ id }) => ({ id, at: HOUR_AGO })),
      ]),
    )
    await parts.heads.swap(head, { ...head.state, changes: head.state.changes + 1, removed })
    await move(source, '1.2.0')
    expect((await removedOf(parts)).size).toBe(0)
  })

  it('are not forgotten while the object is there: it is removed first', async () => {
    const bucket = await s3Bucket()
    const parts = await bucket.open()
    const source = new BucketSource(parts)
    await source.insert([documentOf('p', '1.0.0')], [])
    await source.insert([documentOf('p', '1.1.0')], [])
    const id = (await parts.reader.object('p', '1.0.0'))?.metadata['holdfast-id'] ?? ''
    const head = await parts.heads.read('p')
    const removed = new Map([['1.0.0', [{ id, at: HOUR_AGO }]]])
    await parts.heads.swap(head, { ...head.state, changes: 1, removed })
    await move(source, '1.1.0', 'a')
    expect((await removedOf(parts)).size).toBe(1)
    expect(await parts.reader.object('p', '1.0.0')).toBeUndefined()
    await move(source, '1.1.0', 'b')
    expect((await removedOf(parts)).size).toBe(0)
  })
})
