import { describe, expect, it } from 'vitest'
import { BucketSource } from '../../../src/buckets/index.js'
import type { SourceReport } from '../../../src/index.js'
import { documentOf, planOf } from '../../support/stored-documents.js'
import { labelled, moveTo, s3Bucket } from './support.js'

const FAST = { pollIntervalMs: 20 }

function labelOf(report: SourceReport): string {
  if (report.kind === 'reset' || report.kind === 'expired') return report.kind
  if (report.kind !== 'head') return `${report.kind} ${report.promptId} ${report.version}`
  return `head ${report.promptId} ${report.moves?.map(({ to }) => to).join() ?? '?'}`
}

async function listening(open: () => Promise<ConstructorParameters<typeof BucketSource>[0]>) {
  const source = new BucketSource(await open())
  const seen: string[] = []
  source.listen((reports) => seen.push(...reports.map(labelOf)))
  return { source, seen }
}

async function moveLabel(source: BucketSource, to: string) {
  await source.transact(
    ['p'],
    planOf(({ head }) => {
      const from = head?.labels['a']?.version ?? null
      return { head: labelled('a', to), moves: [moveTo('a', from, to)] }
    }),
  )
}

describe('memory', () => {
  it('is dropped when it is as old as it may be, and when a fresh answer is wanted', async () => {
    const bucket = await s3Bucket()
    const { source, seen } = await listening(async () => await bucket.open({ staleMs: 60_000 }))
    expect(source.coherence).toEqual({ withinMs: 60_000 })
    const begin = bucket.standIn.requests.length
    for (const fresh of [false, false, true]) await source.refresh(fresh)
    expect(seen).toEqual(['expired', 'expired'])
    expect(bucket.standIn.requests).toHaveLength(begin)
  })

  it('is dropped before each answer with staleMs 0', async () => {
    const bucket = await s3Bucket()
    const { source, seen } = await listening(async () => await bucket.open({ staleMs: 0 }))
    expect(source.coherence).toBe('nextCall')
    await source.refresh(false)
    await source.refresh(false)
    expect(seen).toEqual(['expired', 'expired'])
  })
})

describe('watchers', () => {
  it('hear of the changes of others, in the order of their lists, and once', async () => {
    const bucket = await s3Bucket()
    const { source, seen } = await listening(async () => await bucket.open(FAST))
    const other = new BucketSource(await bucket.open())
    await source.insert([documentOf('p', '1.0.0')], [])
    const end = source.follow()
    await other.insert([documentOf('p', '1.1.0')], [])
    await expect.poll(() => seen).toEqual(['save p 1.1.0'])
    await moveLabel(other, '1.0.0')
    await expect.poll(() => seen).toEqual(['save p 1.1.0', 'head p 1.0.0'])
    await other.transact(
      ['p'],
      planOf(() => ({ delete: ['1.1.0'] })),
    )
    await expect.poll(() => seen.includes('delete p 1.1.0')).toBe(true)
    end()
    const told = seen.length
    await other.insert([documentOf('p', '2.0.0')], [])
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(seen.slice(told)).toEqual([])
  })

  it('hear of own changes as they are made, and of none twice', async () => {
    const bucket = await s3Bucket()
    const { source, seen } = await listening(async () => await bucket.open(FAST))
    await source.insert([documentOf('p', '1.0.0')], [])
    const end = source.follow()
    await moveLabel(source, '1.0.0')
    await source.insert([documentOf('p', '1.1.0')], [])
    await moveLabel(source, '1.1.0')
    await source.transact(
      ['p'],
      planOf(() => ({ delete: ['1.0.0'] })),
    )
    await source.refresh(true)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(seen.filter((label) => !/^(expired|head p $)/.test(label))).toEqual([
      'head p 1.0.0',
      'save p 1.1.0',
      'head p 1.1.0',
      'delete p 1.0.0',
    ])
    end()
  })

  it('are not told what was there long before them', async () => {
    const bucket = await s3Bucket()
    const other = new BucketSource(await bucket.open())
    await other.insert([documentOf('p', '1.0.0')], [])
    // S3 lists whole seconds, and two of them count as news.
    await new Promise((resolve) => setTimeout(resolve, 4000))
    await other.insert([documentOf('q', '1.0.0')], [])
    const { source, seen } = await listening(async () => await bucket.open(FAST))
    const end = source.follow()
    await expect.poll(() => seen).toEqual(['save q 1.0.0'])
    end()
  })

  it('get one reset when everything is cleared', async () => {
    const bucket = await s3Bucket()
    const { source, seen } = await listening(async () => await bucket.open(FAST))
    await source.insert([documentOf('p', '1.0.0')], [])
    await moveLabel(source, '1.0.0')
    const end = source.follow()
    await source.clear()
    await source.refresh(true)
    await source.insert([documentOf('p', '1.0.0')], [])
    await source.refresh(true)
    // A head without moves is news for memory alone.
    const told = seen.filter((label) => !/^(expired|head p $)/.test(label))
    expect(told).toEqual(['reset', 'save p 1.0.0'])
    end()
  })

  it('hear of own changes also while the bucket cannot be listed', async () => {
    const bucket = await s3Bucket()
    const { source, seen } = await listening(async () => await bucket.open(FAST))
    bucket.standIn.setFaults(({ url }) =>
      url.searchParams.has('list-type') ? { status: 403 } : undefined,
    )
    const end = source.follow()
    await source.insert([documentOf('p', '1.0.0')], [])
    await expect.poll(() => seen).toEqual(['save p 1.0.0'])
    bucket.standIn.setFaults(undefined)
    await source.refresh(true)
    await source.close()
    expect(seen.filter((label) => label !== 'expired')).toEqual(['save p 1.0.0'])
    end()
  })
})
