import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { backedUp } from '../../../support/backup-reader.mjs'
import { contradictionIn, operationsOf } from '../../../support/counted-store.mjs'
import { tempDirectory } from '../../../support/temp.js'
import { bytes } from './support.js'

describe('a store that changes while it is copied', () => {
  it.each([
    ['by this handle', false],
    ['by another handle, with checkpoints and short segments', true],
  ])('is backed up as it was at one commit: %s', async (_, isOther) => {
    const root = await tempDirectory()
    const options = { segmentBytes: 64 * 1024, journalBytes: 64 * 1024, checkpointIdleMs: 20 }
    await using directory = await DurableDirectory.open(join(root, 'store'), options)
    await using other = await DurableDirectory.open(join(root, 'store'), options)
    const writer = isOther ? other : directory
    const work = { isDone: false, commits: 0 }
    const writing = (async () => {
      for (let n = 1; !work.isDone; n++) {
        await writer.commit(operationsOf('w', n))
        work.commits = n
      }
    })()
    try {
      for (let sequence = 1; sequence <= 12; sequence++) {
        const before = work.commits
        const { lsn } = await directory.backup(join(root, 'backups'), { full: sequence % 5 === 0 })
        const counts = new Map<string, number>()
        const { contents, summary } = backedUp(join(root, 'backups'), sequence)
        expect(contradictionIn(contents, ['w'], counts)).toBeUndefined()
        // What was acknowledged before the call is in it.
        expect(counts.get('w')).toBeGreaterThanOrEqual(before)
        expect(summary.lsn).toBe(lsn)
      }
    } finally {
      work.isDone = true
      await writing
    }
    expect(work.commits).toBeGreaterThan(12)
  })

  it('ends, though more changes than it can copy: writers wait for it', async () => {
    const root = await tempDirectory()
    await using directory = await DurableDirectory.open(join(root, 'store'))
    const work = { isDone: false, round: 0 }
    const flood = async (lane: number): Promise<void> => {
      for (let n = 0; !work.isDone; n++) {
        const operations = Array.from({ length: 100 }, (_, at) => ({
          kind: 'replace' as const,
          path: `${lane}/${at}`,
          bytes: bytes(`${n}`),
        }))
        await directory.commit(operations)
        work.round++
      }
    }
    const flooding = Array.from({ length: 6 }, async (_, lane) => await flood(lane))
    while (work.round < 12) await new Promise((resolve) => setTimeout(resolve, 5))
    const report = await directory.backup(join(root, 'backups'))
    work.isDone = true
    await Promise.all(flooding)
    expect(report.writers_held_ms).toBeGreaterThan(0)
    // Each transaction is there whole or not at all.
    const { contents } = backedUp(join(root, 'backups'), 1)
    for (let lane = 0; lane < 6; lane++) {
      const texts = Array.from({ length: 100 }, (_, at) =>
        contents.get(`${lane}/${at}`)?.toString(),
      )
      expect(new Set(texts).size).toBe(1)
    }
  })
})
