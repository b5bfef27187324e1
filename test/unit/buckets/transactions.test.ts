import { describe, expect, it } from 'vitest'
import { BucketSource } from '../../../src/buckets/index.js'
import { changesSomething } from '../../../src/buckets/transactions.js'
import { documentOf, planOf } from '../../support/stored-documents.js'
import { labelled, moveTo, s3Bucket } from './support.js'

describe('a transaction', () => {
  it('returns what it has committed, by prompt', async () => {
    const { transactions } = await (await s3Bucket()).open()
    const head = labelled('production', '1.0.0')
    const moves = [moveTo('production', null, '1.0.0')]
    const [commit] = await transactions.transact(
      ['p'],
      planOf(() => ({ save: [documentOf('p', '1.0.0')], head, moves })),
    )
    expect(commit).toMatchObject({ promptId: 'p', deleted: [], moves, isHeadChanged: true })
    expect([...(commit?.saved.keys() ?? [])]).toEqual(['1.0.0'])
  })

  it('is decided again when another was first', async () => {
    const bucket = await s3Bucket()
    const [one, other] = await Promise.all([bucket.open(), bucket.open()])
    let calls = 0
    await one.transactions.transact(
      ['p'],
      planOf(({ versions }) => {
        calls++
        return { save: [documentOf('p', `1.${versions.length}.0`)] }
      }),
    )
    const plan = planOf(({ versions }) => ({ save: [documentOf('p', `1.${versions.length}.0`)] }))
    await Promise.all(
      [one, other, one, other].map(async ({ transactions }) => {
        await transactions.transact(['p'], plan)
      }),
    )
    expect(calls).toBe(1)
    expect(await one.reader.names('p')).toEqual(['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0'])
  })

  it('that throws for what has changed meanwhile is decided again, and throws for what has not', async () => {
    const bucket = await s3Bucket()
    const [one, other] = await Promise.all([bucket.open(), bucket.open()])
    let calls = 0
    await one.transactions.transact(['p'], async ([view]) => {
      if (++calls > 1) return []
      await other.transactions.transact(
        ['p'],
        planOf(() => ({ save: [documentOf('p', '1.0.0')] })),
      )
      throw new Error(`made for ${view?.versions.length} versions`)
    })
    expect(calls).toBe(2)
    const fails = async () => await Promise.reject(new Error('no'))
    await expect(one.transactions.transact(['p'], fails)).rejects.toThrow('no')
  })

  it('that changes nothing sends no change', async () => {
    const bucket = await s3Bucket()
    const { transactions } = await bucket.open()
    const begin = bucket.standIn.requests.length
    expect(await transactions.transact(['p'], async () => await Promise.resolve([]))).toEqual([])
    const made = bucket.standIn.requests.slice(begin)
    expect(made.filter((request) => !/^(GET|HEAD)/.test(request))).toEqual([])
  })

  it('fails with FS-LOCK-001 where others come first for too long', async () => {
    const bucket = await s3Bucket()
    const [one, other] = await Promise.all([bucket.open({ lockTimeoutMs: 200 }), bucket.open()])
    let at = 0
    const busy = one.transactions.transact(['p'], async ([view]) => {
      const save = [documentOf('p', `2.${at++}.0`)]
      await other.transactions.transact(
        ['p'],
        planOf(() => ({ save })),
      )
      return await planOf(() => ({ head: labelled('a', '2.0.0') }))(
        view === undefined ? [] : [view],
      )
    })
    await expect(busy).rejects.toMatchObject({
      code: 'FS-LOCK-001',
      context: { reason: 'contention', outcome: 'none' },
    })
  })
})

describe('an insertion of several versions', () => {
  it('is all or nothing, over prompts too', async () => {
    const { transactions, reader } = await (await s3Bucket()).open()
    const all = [documentOf('p', '1.0.0'), documentOf('p', '1.1.0'), documentOf('q', '1.0.0')]
    const inserted = await transactions.insert(all, [])
    expect(Array.isArray(inserted) && inserted.map(({ promptId }) => promptId)).toEqual(['p', 'q'])
    const again = await transactions.insert(
      [documentOf('q', '2.0.0'), documentOf('p', '1.1.0')],
      [],
    )
    expect(again).toMatchObject({
      kind: 'taken',
      documents: [{ promptId: 'p', version: '1.1.0' }],
    })
    expect(await reader.names('q')).toEqual(['1.0.0'])
  })

  it('is refused where a version is missing that has to exist', async () => {
    const { transactions } = await (await s3Bucket()).open()
    const missing = { promptId: 'p', version: '1.0.0' }
    const inserted = await transactions.insert([documentOf('p', '1.1.0')], [missing])
    expect(inserted).toEqual({ kind: 'missing' })
  })

  it('fails with nothing done when the service cannot be asked', async () => {
    const { standIn, open } = await s3Bucket()
    const { transactions } = await open({ maxRetries: 0 })
    standIn.setFaults(() => 'reset')
    const inserted = transactions.insert([documentOf('p', '1.0.0'), documentOf('p', '1.1.0')], [])
    await expect(inserted).rejects.toMatchObject({
      code: 'FS-UNAVAILABLE-001',
      context: { outcome: 'none' },
    })
  })
})

describe('a change', () => {
  it('that only requires versions changes nothing', async () => {
    const [required] = await planOf(() => ({ requires: ['1.0.0'] }))([
      { promptId: 'p', head: undefined, versions: ['1.0.0'] },
    ])
    expect(required && changesSomething(required)).toBe(false)
    const source = new BucketSource(await (await s3Bucket()).open())
    await source.insert([documentOf('p', '1.0.0')], [])
    await source.transact(
      ['p'],
      planOf(() => ({ requires: ['1.0.0'] })),
    )
    expect(await source.head('p')).toBeUndefined()
  })
})
