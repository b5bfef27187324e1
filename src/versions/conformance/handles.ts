import assert from 'node:assert/strict'
import type { Capability } from '../supports.js'
import type { VersionStore } from '../version-store.js'
import { sleep } from '../../base/clock.js'
import { isConflict } from './saving.js'
import {
  sampleVersion,
  versionsIn,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import { moveLabel } from './transacting.js'

/** The body of a test with two handles of one place. */
function withTwo(
  subject: ConformanceSubject,
  body: (one: VersionStore, other: VersionStore) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  return withStorage(
    subject,
    async (one, place) => {
      const other = (await place.open()) as VersionStore
      try {
        await body(one, other)
      } finally {
        await other.close?.()
      }
    },
    needs,
  )
}

/** Two handles of one place, as two processes have them: what the storage declares as its coherence is asserted. */
export function handlesBehaviour(subject: ConformanceSubject, runner: ConformanceRunner): void {
  const { handles } = subject
  if (handles === undefined) return
  const { coherence } = handles
  /** Waits as long as an answer of another handle may be old. */
  const settled = async (): Promise<void> => {
    if (coherence !== 'nextCall') await sleep(coherence.withinMs)
  }
  readingOthers(subject, runner, settled)
  readingMoreOfOthers(subject, runner, settled)
  racingOthers(subject, runner)
}

function readingOthers(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
  settled: () => Promise<void>,
): void {
  describe('a handle beside another of the same place', () => {
    it(
      'sees what the other has saved and deleted, as the coherence says',
      withTwo(subject, async (one, other) => {
        await one.saveVersion(sampleVersion('p', '1.0.0'))
        await settled()
        assert.deepEqual(await other.getLatestVersion('p'), sampleVersion('p', '1.0.0'))
        await one.saveVersion(sampleVersion('p', '1.1.0'))
        await settled()
        assert.deepEqual(await versionsIn(other, 'p'), ['1.0.0', '1.1.0'])
        await other.deleteVersion('p', '1.1.0')
        await settled()
        assert.equal(await one.getVersion('p', '1.1.0'), undefined)
        assert.equal((await one.getLatestVersion('p'))?.version, '1.0.0')
      }),
    )
    it(
      'does not take a version that was deleted and saved again for the old one',
      withTwo(subject, async (one, other) => {
        await one.saveVersion(sampleVersion('p', '1.0.0'))
        await settled()
        await other.getVersion('p', '1.0.0')
        await one.deleteVersion('p', '1.0.0')
        const changed = sampleVersion('p', '1.0.0', { metadata: { author: 'another' } })
        await one.saveVersion(changed)
        await settled()
        assert.deepEqual(await other.getVersion('p', '1.0.0'), changed)
      }),
    )
  })
}

function readingMoreOfOthers(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
  settled: () => Promise<void>,
): void {
  describe('a handle that asks for names and labels', () => {
    it(
      'sees the names of what the other has saved and deleted',
      withTwo(
        subject,
        async (one, other) => {
          for (const version of ['1.0.0', '1.1.0'])
            await one.saveVersion(sampleVersion('p', version))
          await settled()
          assert.deepEqual(await other.listVersionNames('p'), ['1.0.0', '1.1.0'])
          await other.deleteVersion('p', '1.1.0')
          await settled()
          assert.equal(await one.getLatestVersionName('p'), '1.0.0')
        },
        ['names'],
      ),
    )
    it(
      'sees where the other has moved a label',
      withTwo(
        subject,
        async (one, other) => {
          for (const version of ['1.0.0', '1.1.0']) {
            await one.saveVersion(sampleVersion('p', version))
            await moveLabel(one, 'p', version)
            await settled()
            assert.equal((await other.readHead('p'))?.labels['production']?.version, version)
          }
        },
        ['labels'],
      ),
    )
  })
}

function racingOthers(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('two handles of one place', () => {
    it(
      'have one winner for each version',
      withTwo(subject, async (one, other) => {
        for (let round = 0; round < 8; round++) {
          const version = `1.0.${round}`
          const saves = await Promise.allSettled(
            [one, other].map(async (handle, at) => {
              const metadata = { author: `handle ${at}` }
              await handle.saveVersion(sampleVersion('p', version, { metadata }))
            }),
          )
          const failed = saves.flatMap((save) => (save.status === 'rejected' ? [save] : []))
          assert.equal(failed.length, 1)
          assert.ok(isConflict('p', version)(failed[0]?.reason))
        }
      }),
    )
    it(
      'move a label one after another, each move from where the last one led',
      withTwo(
        subject,
        async (one, other) => {
          for (const version of ['1.0.0', '1.0.1'])
            await one.saveVersion(sampleVersion('p', version))
          await Promise.all(
            [one, other].map(async (handle) => {
              for (let move = 0; move < 6; move++) await moveLabel(handle, 'p', `1.0.${move % 2}`)
            }),
          )
          const moves = await one.listLabelMoves('p')
          assert.equal(moves.length, 12)
          for (const [at, { from }] of moves.entries())
            assert.equal(from, at === 0 ? null : moves[at - 1]?.to)
        },
        ['labels'],
      ),
    )
    it(
      'report the changes of the other to their watchers',
      withTwo(
        subject,
        async (one, other) => {
          const changes = other.watch({ promptId: 'p' })
          const next = changes.next()
          await one.saveVersion(sampleVersion('p', '1.0.0'))
          const { value } = await next
          assert.deepEqual([value?.kind, value?.version], ['save', '1.0.0'])
          await changes.return()
        },
        ['watch'],
      ),
    )
  })
}
