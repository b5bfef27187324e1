import { describe, expect, it } from 'vitest'
import { emptyHead } from '../../../src/buckets/head-state.js'
import { discardPages, keepPage, readHistory } from '../../../src/buckets/history-pages.js'
import { LIKE_CEPH, moveTo, s3Bucket } from './support.js'

describe('the pages of a history', () => {
  it('are kept once, read before the tail, and discarded', async () => {
    const { bucket, names } = await (await s3Bucket(LIKE_CEPH)).open()
    const [first, second, last] = ['1.0.0', '1.1.0', '1.2.0'].map((to) => moveTo('a', null, to))
    if (first === undefined || second === undefined || last === undefined) throw new Error('none')
    const state = { ...emptyHead('p'), epoch: 'e', pages: 2, tail: [last] }
    await keepPage(bucket, names.historyPage('p', 'e', 0), [first])
    await keepPage(bucket, names.historyPage('p', 'e', 0), [first])
    await keepPage(bucket, names.historyPage('p', 'e', 1), [second])
    expect(await readHistory(bucket, names, state)).toEqual([first, second, last])
    await discardPages(bucket, names, state)
    expect(await bucket.head(names.historyPage('p', 'e', 0))).toBeUndefined()
    await expect(readHistory(bucket, names, state)).rejects.toMatchObject({ code: 'FS-LOAD-001' })
  })
})
