import assert from 'node:assert/strict'
import { documentTime } from '../../base/clock.js'
import { isStorageError } from '../../base/errors.js'
import { CopiedVersion } from '../version-copies.js'
import type { HistoryEntry } from '../prompt-history.js'
import {
  sampleVersion,
  saveAll,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
  versionsIn,
} from './subject.js'
import type { VersionStore } from '../version-store.js'
import { change, headOf, moveOf, nothing, transacting } from './transacting.js'

/** The tests of copies from other storages. */
export function copyingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('copies', () => {
    readingTests(subject, it)
    writingTests(subject, it)
    changingTests(subject, it)
    replacingTests(subject, it)
    knownTests(subject, it)
  })
}

type It = ConformanceRunner['it']

/** Before any test has run. */
const SAVED_AT = '2024-02-29T01:02:03.004Z'
const DELETED_AT = '2024-03-01T00:00:00.000Z'

const HISTORY: readonly HistoryEntry[] = [
  moveOf('production', null, '0.9.0'),
  moveOf('production', '0.9.0', '1.0.0'),
  { deleted: { '0.9.0': SAVED_AT, '0.8.0': null }, trash: false, at: DELETED_AT },
]

function copyOf(version: string, savedAt: string | null = SAVED_AT): CopiedVersion {
  return new CopiedVersion(sampleVersion('p', version), savedAt, 1)
}

function readingTests(subject: ConformanceSubject, it: It): void {
  it(
    'show what is kept: documents with their times, head and history',
    copying(subject, async (storage) => {
      const before = documentTime().toISOString()
      await saveAll(storage, 'p', ['1.10.0', '1.9.0', '1.0.0'])
      await saveAll(storage, 'a', ['1.0.0'])
      const head = headOf('production', '1.9.0')
      const moves = [moveOf('production', null, '1.9.0')]
      await storage.transact(['p'], () => change({ promptId: 'p', head, moves }))
      await storage.deleteVersion('p', '1.0.0')
      const { copies } = storage
      assert.deepEqual(await copies.promptIds(), ['a', 'p'])
      assert.deepEqual(await copies.names('p'), ['1.9.0', '1.10.0'])
      const state = await copies.state('p')
      assert.deepEqual([...state.versions.keys()].sort(), ['1.10.0', '1.9.0'])
      assert.deepEqual(state.head, head)
      assert.deepEqual(state.history[0], moves[0])
      assert.equal(state.history.length, 2)
      const found = await copies.documents('p', ['1.10.0', '1.0.0', '1.9.0'])
      assert.deepEqual(
        found.map(({ version, savedAt }) => [version, savedAt]),
        ['1.10.0', '1.9.0'].map((version) => [version, state.versions.get(version)]),
      )
      assert.deepEqual(found[0]?.document, sampleVersion('p', '1.10.0'))
      assert.ok((found[0]?.savedAt ?? '') >= before)
    }),
  )
  it(
    'show a prompt whose versions are all deleted, and nothing of one that does not exist',
    copying(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      await storage.deleteVersion('p', '1.0.0')
      assert.deepEqual(await storage.copies.promptIds(), ['p'])
      assert.equal((await storage.copies.state('p')).history.length, 1)
      const state = await storage.copies.state('q')
      assert.deepEqual([state.versions.size, state.head, state.history], [0, undefined, []])
      assert.deepEqual(await storage.copies.documents('q', ['1.0.0']), [])
    }),
  )
}

function writingTests(subject: ConformanceSubject, it: It): void {
  it(
    'bring pre-releases, which every handle shows in their order, whether it may save them or not',
    copying(subject, async (storage, reopened) => {
      const [older, newer] = ['2.0.0-beta.2', '2.0.0-beta.10']
      const save = ['1.0.0', newer, older].map((version) => copyOf(version))
      await storage.copies.change('p', () => ({ save }))
      for (const one of await reopened()) {
        assert.deepEqual(await versionsIn(one, 'p'), ['1.0.0', older, newer])
        assert.deepEqual(await one.copies.names('p'), ['1.0.0', older, newer])
        assert.deepEqual(await one.getVersion('p', older), sampleVersion('p', older))
        assert.equal((await one.getLatestVersion('p'))?.version, newer)
      }
      assert.equal(await storage.deleteVersion('p', older), true)
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0', newer])
    }),
  )
  it(
    'are kept with their own times, heads and histories, which a new handle reads, too',
    copying(subject, async (storage, reopened) => {
      const head = { ...headOf('production', '1.0.0'), highest: '2.0.0', tags: { '1.0.0': ['x'] } }
      const save = [copyOf('1.0.0'), copyOf('1.1.0', null)]
      await storage.copies.change('p', (view) => {
        assert.deepEqual([view.promptId, view.head, view.versions], ['p', undefined, []])
        return { save, record: { head, history: HISTORY } }
      })
      for (const one of await reopened()) {
        const state = await one.copies.state('p')
        const times = { '1.0.0': SAVED_AT, '1.1.0': null }
        assert.deepEqual(Object.fromEntries(state.versions), times)
        assert.deepEqual(state.head, head)
        assert.deepEqual(state.history, HISTORY)
        assert.deepEqual(await one.copies.documents('p', ['1.0.0', '1.1.0']), save)
        assert.deepEqual(await one.getVersion('p', '1.0.0'), sampleVersion('p', '1.0.0'))
        assert.deepEqual(await one.listLabelMoves('p'), HISTORY.slice(0, 2))
      }
    }),
  )
  it(
    'may come in parts, and are all or nothing',
    copying(subject, async (storage) => {
      await storage.copies.change('p', () => ({ save: [copyOf('1.0.0')] }))
      const record = { head: headOf('production', '1.0.0'), history: HISTORY }
      const both = { save: [copyOf('1.1.0'), copyOf('1.0.0')], record }
      await assert.rejects(
        storage.copies.change('p', () => both),
        (error) => isStorageError(error, 'OPT-VER-001'),
      )
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0'])
      assert.equal(await storage.readHead('p'), undefined)
      await storage.copies.change('p', () => ({ save: [], record }))
      assert.deepEqual(await storage.readHead('p'), record.head)
      const dangling = { head: headOf('production', '3.0.0'), history: [] }
      await assert.rejects(
        storage.copies.change('p', () => ({ save: [], record: dangling })),
        /Label 'production'/,
      )
    }),
  )
}

function changingTests(subject: ConformanceSubject, it: It): void {
  it(
    'can be changed afterwards as any prompt',
    copying(subject, async (storage) => {
      const record = { head: headOf('production', '1.0.0'), history: HISTORY }
      await storage.copies.change('p', () => ({ save: [copyOf('1.0.0'), copyOf('0.1.0')], record }))
      const move = moveOf('production', '1.0.0', '0.1.0')
      const head = headOf('production', '0.1.0')
      await storage.transact(['p'], () => change({ promptId: 'p', head, moves: [move] }))
      await storage.deleteVersion('p', '1.0.0')
      const { history } = await storage.copies.state('p')
      assert.deepEqual(history.slice(0, 4), [...HISTORY, move])
      assert.deepEqual(Object.keys(history[4] ?? {}).includes('deleted'), true)
      assert.deepEqual(await versionsIn(storage, 'p'), ['0.1.0'])
    }),
  )
}

function replacingTests(subject: ConformanceSubject, it: It): void {
  it(
    'replace head and history as a whole, and can be taken away again without a trace',
    copying(subject, async (storage, reopened) => {
      const record = { head: headOf('production', '1.0.0'), history: longHistory(2000) }
      await storage.copies.change('p', () => ({ save: [copyOf('1.0.0'), copyOf('1.1.0')], record }))
      const shorter = { head: headOf('beta', '1.1.0'), history: HISTORY }
      await storage.copies.change('p', () => ({ save: [], record: shorter, remove: ['1.0.0'] }))
      for (const one of await reopened()) {
        const state = await one.copies.state('p')
        assert.deepEqual([state.head, state.history], [shorter.head, HISTORY])
        assert.deepEqual([...state.versions.keys()], ['1.1.0'])
      }
      const empty = { head: undefined, history: [] }
      await storage.copies.change('p', () => ({ save: [], record: empty, remove: ['1.1.0'] }))
      for (const one of await reopened()) {
        const state = await one.copies.state('p')
        assert.deepEqual([state.versions.size, state.head, state.history], [0, undefined, []])
        assert.deepEqual(await versionsIn(one, 'p'), [])
        assert.equal(await one.getVersion('p', '1.1.0'), undefined)
      }
      await storage.copies.change('p', () => ({ save: [copyOf('1.0.0')], record }))
      assert.deepEqual((await storage.copies.state('p')).history, record.history)
    }),
  )
  it(
    'are decided again when the prompt has changed meanwhile',
    copying(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      let asked = 0
      let moving: Promise<unknown> = Promise.resolve()
      const record = { head: headOf('production', '1.0.0'), history: HISTORY }
      await Promise.all([
        storage.copies.change('p', ({ versions }) => {
          asked++
          const save = ['2.0.0', '2.0.1'].filter((version) => !versions.includes(version))
          return { save: save.map((version) => copyOf(version)), record }
        }),
        (moving = storage.saveVersion(sampleVersion('p', '2.0.1'))).catch(() => undefined),
      ])
      await moving.catch(() => undefined)
      assert.ok(asked >= 1)
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0', '2.0.0', '2.0.1'])
      await storage.transact(['p'], () => nothing())
      assert.deepEqual(await storage.readHead('p'), record.head)
    }),
  )
}

function knownTests(subject: ConformanceSubject, it: It): void {
  it(
    'record since when the history is known, and take it back',
    copying(subject, async (storage, reopened) => {
      const { copies } = storage
      const before = await copies.knownSince()
      const known = { since: SAVED_AT, reason: 'migrating' }
      await copies.setKnownSince(known)
      for (const one of await reopened()) assert.deepEqual(await one.copies.knownSince(), known)
      await copies.setKnownSince(before)
      assert.deepEqual(await copies.knownSince(), before)
    }),
  )
}

function longHistory(moves: number): readonly HistoryEntry[] {
  const at = (move: number): string => (move % 2 === 0 ? '1.0.0' : '1.1.0')
  return Array.from({ length: moves }, (_, move) =>
    moveOf('production', move === 0 ? null : at(move - 1), at(move)),
  )
}

type Reopened = () => Promise<readonly VersionStore[]>

/** The body of a test with a storage that copies can be made of. */
function copying(
  subject: ConformanceSubject,
  body: (storage: VersionStore, reopened: Reopened) => Promise<void>,
): TestBody {
  return transacting(
    subject,
    async (storage, place) => {
      const others: VersionStore[] = []
      const again = async (): Promise<readonly VersionStore[]> => {
        if (!subject.persistent || subject.handles === undefined) return [storage]
        const other = (await place.open()) as VersionStore
        others.push(other)
        return [storage, other]
      }
      try {
        await body(storage, again)
      } finally {
        for (const other of others) await other.close?.()
      }
    },
    ['copies'],
  )
}
