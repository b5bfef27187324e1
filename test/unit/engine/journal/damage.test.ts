import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { birthMs } from '../../../../src/disk/path-facts.js'
import {
  foreignFrame,
  lostFrame,
  missingFrames,
  nameDamage,
  unreadableHeader,
} from '../../../../src/engine/journal/damage.js'
import type { JournalScan } from '../../../../src/engine/journal/scan.js'
import { JOURNAL_DIRECTORY, segmentPath } from '../../../../src/format/layout.js'
import { tempDirectory } from '../../../support/temp.js'

const LONG_AGO = 1_000_000
const LATER = Date.now() + 3_600_000

/** A directory with the files of segments 3 and 4, which are as old as the test. */
async function segments(): Promise<string> {
  const directory = await tempDirectory()
  await mkdir(join(directory, JOURNAL_DIRECTORY))
  for (const sequence of [3, 4]) await writeFile(join(directory, segmentPath(sequence)), 'frames')
  return directory
}

const scanOf = (timesMs: readonly number[], found: readonly number[] = [3, 4]): JournalScan => ({
  entries: timesMs.map((timeMs, at) => ({ lsn: at + 1, timeMs, transactions: [] })),
  segments: found,
  checkpointLsn: 0,
  end: undefined,
  clean: false,
  strays: [],
  damaged: [],
  damage: undefined,
})

describe('the damage of a journal', () => {
  it('says what is missing, and where', () => {
    expect(unreadableHeader(7)).toMatchObject({
      code: 'FS-JOURNAL-001',
      message: `The journal is damaged: ${segmentPath(7)} has no readable header`,
      context: { path: segmentPath(7), offset: 0 },
    })
    const oldest = { sequence: 4, firstLsn: 20 } as Parameters<typeof missingFrames>[1]
    expect(missingFrames(9, oldest)).toMatchObject({
      message: expect.stringContaining('frames 10 to 19 are missing before'),
      context: { path: segmentPath(4), first_lsn: 20, checkpoint_lsn: 9 },
    })
    expect(lostFrame({ segment: 2, offset: 8192, lsn: 5, chain: 0 }, 8)).toMatchObject({
      message: expect.stringContaining('frame 6 in .journal/000000000002.log at byte 8192'),
      context: { offset: 8192, lsn: 6, durable_through: 8 },
    })
    const cause = new Error('not a record')
    expect(foreignFrame(6, 'p', cause)).toMatchObject({ context: { path: 'p', lsn: 6 }, cause })
  })

  it('is that of a copy when every file is younger than the oldest frame', async ({ skip }) => {
    const directory = await segments()
    skip((await birthMs(directory, segmentPath(3))) === undefined, 'files have no time of birth')
    const damage = lostFrame({ segment: 3, offset: 4096, lsn: 0, chain: 0 }, 1)
    const named = await nameDamage(directory, damage, scanOf([LONG_AGO, LATER]))
    expect(named).toMatchObject({
      code: 'FS-JOURNAL-001',
      cause: damage,
      context: { lsn: 1, offset: 4096, copied: true },
    })
    expect(named.message).toContain('as in a copy of a running store')
    expect(named.message).toContain('repairJournal: true')
  })

  it('keeps its name where a file is older than the frames, or that is unknown', async () => {
    const directory = await segments()
    const damage = unreadableHeader(4)
    expect(await nameDamage(directory, damage, scanOf([LATER]))).toBe(damage)
    expect(await nameDamage(directory, damage, scanOf([]))).toBe(damage)
    expect(await nameDamage(directory, damage, scanOf([LONG_AGO], [3, 5]))).toBe(damage)
  })
})
