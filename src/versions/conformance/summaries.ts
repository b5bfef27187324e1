import assert from 'node:assert/strict'
import type { Capability } from '../supports.js'
import type { VersionStore } from '../version-store.js'
import { isErrorNamed } from '../../base/values.js'
import { NO_HEAD } from '../prompt-heads.js'
import { assertDeepFrozen } from './reading.js'
import {
  sampleVersion,
  saveAll,
  withStorage,
  type ConformancePlace,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import { headOf } from './transacting.js'

/** The tests of listVersionSummaries. */
export function summaryBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('summaries', () => {
    it(
      'say what the documents say, by precedence',
      summarising(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.10.0', '1.9.0'])
        await storage.saveVersion(
          sampleVersion('p', '2.0.0', {
            created_at: '2026-02-03T04:05:06.007Z',
            parent_version: '1.10.0',
            metadata: { author: 'Ada', message: 'Say it shorter' },
            analysis: {
              prompt_id: 'p',
              overall_score: 87.5,
              clarity_score: 90,
              efficiency_score: 85,
              issues: [],
              suggestions: [],
              metadata: {},
              analyzed_at: '2026-02-03T04:05:06.007Z',
            },
          }),
        )
        const summaries = await storage.listVersionSummaries('p')
        assert.deepEqual(versionsOf(summaries), ['1.9.0', '1.10.0', '2.0.0'])
        const [first, , last] = summaries
        assert.ok(first !== undefined && last !== undefined)
        const { size, saved_at: savedAt = '', ...said } = last
        assert.deepEqual(said, {
          version: '2.0.0',
          created_at: '2026-02-03T04:05:06.007Z',
          parent_version: '1.10.0',
          author: 'Ada',
          message: 'Say it shorter',
          score: 87.5,
          labels: [],
          tags: [],
        })
        assert.ok(savedAt === '' || savedAt > '2026', `expected a time of now, got ${savedAt}`)
        assert.ok(size > 300 && size < 3000, `expected some hundred bytes, got ${size}`)
        assert.deepEqual(
          [first.message, first.score, first.parent_version],
          [undefined, undefined, null],
        )
        assertDeepFrozen(summaries, 'summaries')
        assert.deepEqual(await storage.listVersionSummaries('none'), [])
      }),
    )
    pagingBehaviour(subject, it)
    changingBehaviour(subject, it)
    persistentBehaviour(subject, it)
  })
}

function pagingBehaviour(subject: ConformanceSubject, it: ConformanceRunner['it']): void {
  it(
    'come in pages, in both orders',
    summarising(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1', '1.0.2', '1.0.3'])
      const page = async (options: object): Promise<readonly string[]> =>
        versionsOf(await storage.listVersionSummaries('p', options))
      assert.deepEqual(await page({ limit: 2, offset: 1 }), ['1.0.1', '1.0.2'])
      assert.deepEqual(await page({ order: 'desc', limit: 2 }), ['1.0.3', '1.0.2'])
      assert.deepEqual(await page({ order: 'descending', offset: 3 }), ['1.0.0'])
      assert.deepEqual(await page({ limit: 0 }), [])
      assert.deepEqual(await page({ offset: 4 }), [])
    }),
  )
  it(
    'refuse wrong arguments',
    summarising(subject, async (storage) => {
      await assert.rejects(storage.listVersionSummaries('p', { limit: -1 }), named('RangeError'))
      await assert.rejects(storage.listVersionSummaries(''), named('TypeError'))
      const wrong = { first: 1 } as object
      await assert.rejects(storage.listVersionSummaries('p', wrong), /listVersionSummaries/)
    }),
  )
}

function changingBehaviour(subject: ConformanceSubject, it: ConformanceRunner['it']): void {
  it(
    'follow saves and deletions, also of a version that is saved again with other content',
    summarising(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
      await storage.listVersionSummaries('p')
      await storage.deleteVersion('p', '1.0.1')
      assert.deepEqual(versionsOf(await storage.listVersionSummaries('p')), ['1.0.0'])
      await storage.saveVersion(sampleVersion('p', '1.0.1', { metadata: { message: 'again' } }))
      await storage.saveVersion(sampleVersion('p', '1.0.2', { metadata: { message: 'new' } }))
      const messages = (await storage.listVersionSummaries('p')).map(({ message }) => message)
      assert.deepEqual(messages, [undefined, 'again', 'new'])
      await storage.clearAll()
      assert.deepEqual(await storage.listVersionSummaries('p'), [])
      await storage.saveVersion(sampleVersion('p', '1.0.1', { metadata: { message: 'third' } }))
      assert.equal((await storage.listVersionSummaries('p'))[0]?.message, 'third')
    }),
  )
  it(
    'have the labels, tags and deprecations of the time of the call',
    summarising(
      subject,
      async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        await storage.listVersionSummaries('p')
        const deprecated = { at: '2025-01-17T10:30:00.000Z', by: null, reason: 'too long' }
        const head = {
          ...headOf('production', '1.0.1'),
          tags: { '1.0.1': ['a', 'b'] },
          deprecated: { '1.0.0': deprecated },
        }
        await storage.transact(['p'], () => ({ changes: [{ promptId: 'p', head }], result: null }))
        const [first, second] = await storage.listVersionSummaries('p')
        assert.deepEqual([first?.labels, first?.tags, first?.deprecated], [[], [], deprecated])
        assert.deepEqual(
          [second?.labels, second?.tags, second?.deprecated],
          [['production'], ['a', 'b'], undefined],
        )
        await storage.transact(['p'], () => ({
          changes: [{ promptId: 'p', head: NO_HEAD }],
          result: null,
        }))
        assert.deepEqual((await storage.listVersionSummaries('p'))[1]?.labels, [])
      },
      ['labels'],
    ),
  )
}

function persistentBehaviour(subject: ConformanceSubject, it: ConformanceRunner['it']): void {
  if (!subject.persistent) return
  it(
    'are the same after the storage was opened again',
    summarising(
      subject,
      async (storage, place) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        const before = await storage.listVersionSummaries('p')
        await storage.close()
        const again = (await place.open()) as VersionStore
        try {
          assert.deepEqual(await again.listVersionSummaries('p'), before)
        } finally {
          await again.close()
        }
      },
      ['close'],
    ),
  )
}

/** The body of a test with a storage that summarises, and what else it needs. */
function summarising(
  subject: ConformanceSubject,
  body: (storage: VersionStore, place: ConformancePlace) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  return withStorage(subject, body, ['summaries', ...needs])
}

function versionsOf(summaries: readonly { readonly version: string }[]): string[] {
  return summaries.map(({ version }) => version)
}

function named(name: string): (error: unknown) => boolean {
  return (error) => isErrorNamed(error, name)
}
