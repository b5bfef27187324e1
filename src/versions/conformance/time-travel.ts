import assert from 'node:assert/strict'
import type { Capability } from '../supports.js'
import type { VersionStore } from '../version-store.js'
import { documentTime, sleep } from '../../base/clock.js'
import { isErrorNamed } from '../../base/values.js'
import type { LabelMove } from '../prompt-heads.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import {
  sampleVersion,
  saveAll,
  namesOf,
  versionsIn,
  type ConformancePlace,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import { change, failsWith, headOf, moveOf, transacting } from './transacting.js'

/** The tests of asOf. */
export function timeTravelBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('as of a time', () => {
    presentTests(subject, it)
    transactionTests(subject, it)
    deletionTests(subject, it)
    labelTests(subject, it)
    refusalTests(subject, it)
  })
}

type It = ConformanceRunner['it']

function presentTests(subject: ConformanceSubject, it: It): void {
  it(
    'shows what was committed until then, whatever created_at says',
    travelling(subject, async (storage) => {
      const before = await moment()
      await storage.saveVersion(sampleVersion('p', '1.9.0', { created_at: '2099-01-01T00:00:00Z' }))
      const first = await moment()
      await storage.saveVersion(
        sampleVersion('p', '1.10.0', { created_at: '2001-01-01T00:00:00Z' }),
      )
      await saveAll(storage, 'q', ['1.0.0'])
      const second = await moment()
      const [none, one, all] = [before, first, second].map((time) => storage.asOf(time))
      assert.ok(none !== undefined && one !== undefined && all !== undefined)
      assert.equal(one.time, first)
      assert.deepEqual(await none.listPromptIds(), [])
      assert.deepEqual(await one.listPromptIds(), ['p'])
      assert.deepEqual(await all.listPromptIds(), ['p', 'q'])
      assert.equal(await none.getLatestVersion('p'), undefined)
      assert.equal(await one.getLatestVersionName('p'), '1.9.0')
      assert.equal((await all.getLatestVersion('p'))?.version, '1.10.0')
      assert.equal(await one.getVersion('p', '1.10.0'), undefined)
      assert.deepEqual(await one.getVersion('p', '1.9.0'), await storage.getVersion('p', '1.9.0'))
      assert.deepEqual(namesOf(await one.listVersions('p')), ['1.9.0'])
      const page = { order: 'descending', limit: 1 } as const
      assert.deepEqual(await all.listVersionNames('p', page), ['1.10.0'])
      assert.deepEqual(namesOf(await all.listVersions('p', page)), ['1.10.0'])
    }),
  )
  it(
    'takes Dates, milliseconds and texts with a zone',
    travelling(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      const time = await moment()
      const date = new Date(time)
      const other = `${new Date(date.getTime() + 7_200_000).toISOString().slice(0, -1)}+02:00`
      for (const same of [time, date, date.getTime(), other])
        assert.equal(storage.asOf(same).time, time)
    }),
  )
}

function transactionTests(subject: ConformanceSubject, it: It): void {
  it(
    'shows all of a transaction or nothing',
    travelling(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      const before = await moment()
      const save = ['1.0.1', '1.0.2'].map((version) => sampleVersion('p', version))
      await storage.transact(['p'], () => change({ promptId: 'p', save, delete: ['1.0.0'] }))
      const after = await moment()
      assert.deepEqual(await storage.asOf(before).listVersionNames('p'), ['1.0.0'])
      assert.deepEqual(await storage.asOf(after).listVersionNames('p'), ['1.0.1', '1.0.2'])
    }),
  )
  it(
    'is the same after the storage was opened again',
    travelling(
      subject,
      async (storage, place) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        const first = await moment()
        await storage.deleteVersion('p', '1.0.1')
        const second = await moment()
        if (!subject.persistent) return
        await storage.close()
        const again = (await place.open()) as VersionStore
        try {
          assert.deepEqual(await again.asOf(first).listVersionNames('p'), ['1.0.0', '1.0.1'])
          assert.deepEqual(await again.asOf(second).listVersionNames('p'), ['1.0.0'])
        } finally {
          await again.close()
        }
      },
      ['close'],
    ),
  )
}

function deletionTests(subject: ConformanceSubject, it: It): void {
  it(
    'has the versions that were deleted later, and says where their content is gone',
    travelling(subject, async (storage) => {
      const long = 'z'.repeat(300)
      for (const id of ['p', long]) await saveAll(storage, id, ['1.0.0', '1.0.1'])
      const first = await moment()
      const deleted = await storage.getVersion('p', '1.0.1')
      for (const id of ['p', long])
        for (const version of ['1.0.0', '1.0.1']) await storage.deleteVersion(id, version)
      const second = await moment()
      const view = storage.asOf(first)
      assert.deepEqual(await view.listPromptIds(), ['p', long])
      assert.deepEqual(await view.listVersionNames(long), ['1.0.0', '1.0.1'])
      assert.equal(await view.getLatestVersionName('p'), '1.0.1')
      await readsOrIsGone(async () => await view.getLatestVersion('p'), deleted)
      await readsOrIsGone(async () => await view.getVersion('p', '1.0.1'), deleted)
      assert.deepEqual(await storage.asOf(second).listPromptIds(), [])
      assert.equal(await storage.asOf(second).getVersion('p', '1.0.1'), undefined)
    }),
  )
  it(
    'does not take what was saved under a deleted number for what was deleted',
    travelling(subject, async (storage) => {
      const [old, young] = ['old', 'young'].map((author) =>
        sampleVersion('p', '1.0.0', { metadata: { author, strategy: null } }),
      )
      assert.ok(old !== undefined && young !== undefined)
      await storage.saveVersion(old)
      const first = await moment()
      await storage.deleteVersion('p', '1.0.0')
      const second = await moment()
      await storage.saveVersion(young)
      const third = await moment()
      await readsOrIsGone(async () => await storage.asOf(first).getVersion('p', '1.0.0'), old)
      assert.equal(await storage.asOf(second).getVersion('p', '1.0.0'), undefined)
      assert.deepEqual(await storage.asOf(third).getVersion('p', '1.0.0'), young)
    }),
  )
  it(
    'is not known from before clearAll',
    travelling(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      const before = await moment()
      await storage.clearAll()
      await saveAll(storage, 'p', ['2.0.0'])
      const after = await moment()
      await assert.rejects(
        storage.asOf(before).listPromptIds(),
        failsWith('OPT-PAST-001', { reason: 'no_history', why: 'cleared' }),
      )
      assert.deepEqual(await storage.asOf(after).listVersionNames('p'), ['2.0.0'])
    }),
  )
}

function labelTests(subject: ConformanceSubject, it: It): void {
  it(
    'has the labels where they were, and their moves until then',
    travelling(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
      const before = await moment()
      await moveNow(storage, null, '1.0.0')
      const first = await moment()
      await moveNow(storage, '1.0.0', '1.0.1')
      const second = await moment()
      await moveNow(storage, '1.0.1', null)
      const third = await moment()
      const labelAt = async (time: string): Promise<string | undefined> =>
        (await storage.asOf(time).readHead('p'))?.labels['production']?.version
      assert.equal(await storage.asOf(before).readHead('p'), undefined)
      assert.deepEqual(
        [await labelAt(first), await labelAt(second), await labelAt(third)],
        ['1.0.0', '1.0.1', undefined],
      )
      const moves = await storage.asOf(second).listLabelMoves('p')
      assert.deepEqual(
        moves.map(({ to }) => to),
        ['1.0.0', '1.0.1'],
      )
    }),
  )
}

function refusalTests(subject: ConformanceSubject, it: It): void {
  it(
    'can be read in a transaction, and refuses every change',
    travelling(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      const view = storage.asOf(await moment())
      const versions = await view.transact(['p'], ([one]) => ({
        changes: [],
        result: one?.versions,
      }))
      assert.deepEqual(versions, ['1.0.0'])
      const refused = failsWith('FS-READONLY-001', { reason: 'as_of', time: view.time })
      await assert.rejects(view.saveVersion(sampleVersion('p', '1.0.1')), refused)
      await assert.rejects(view.deleteVersion('p', '1.0.0'), refused)
      await assert.rejects(view.clearAll(), refused)
      const deleting = view.transact(['p'], () => change({ promptId: 'p', delete: ['1.0.0'] }))
      await assert.rejects(deleting, refused)
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0'])
    }),
  )
  it(
    'refuses what is not a time, or is in the future, and unknown options',
    travelling(subject, async (storage) => {
      for (const wrong of ['yesterday', Number.NaN, 8.64e15, {}, undefined, null])
        assert.throws(
          () => storage.asOf(wrong as never),
          (error) => isErrorNamed(error, 'TypeError'),
        )
      const future = new Date(documentTime().getTime() + 3_600_000)
      assert.throws(
        () => storage.asOf(future),
        (error) => isErrorNamed(error, 'RangeError'),
      )
      assert.throws(() => storage.asOf(0, { undatd: 'omit' } as never), /undatd/)
    }),
  )
  it(
    'is closed with the storage',
    travelling(
      subject,
      async (storage) => {
        const view = storage.asOf(await moment())
        await storage.close()
        await assert.rejects(view.listPromptIds(), failsWith('FS-CLOSED-001', {}))
      },
      ['close'],
    ),
  )
}

/** The body of a test with a storage that can be read as it was, and what else it needs. */
function travelling(
  subject: ConformanceSubject,
  body: (storage: VersionStore, place: ConformancePlace) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  return transacting(subject, body, ['timeTravel', ...needs])
}

/** A time between what is done before the call and what is done after it. */
async function moment(): Promise<string> {
  await sleep(3)
  const time = documentTime().toISOString()
  await sleep(3)
  return time
}

async function moveNow(
  storage: VersionStore,
  from: string | null,
  to: string | null,
): Promise<void> {
  const move: LabelMove = { ...moveOf('production', from, to), at: documentTime().toISOString() }
  const head = to === null ? { ...headOf('a', '1.0.0'), labels: {} } : headOf('production', to)
  await storage.transact(['p'], () => change({ promptId: 'p', head, moves: [move] }))
}

/** A storage with a trash still has it, another one says that it is gone. */
async function readsOrIsGone(
  read: () => Promise<PromptVersion | undefined>,
  expected: PromptVersion | undefined,
): Promise<void> {
  try {
    assert.deepEqual(await read(), expected)
  } catch (error) {
    failsWith('OPT-PAST-001', { reason: 'gone' })(error)
  }
}
