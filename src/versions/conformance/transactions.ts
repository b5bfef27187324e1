import assert from 'node:assert/strict'
import type { VersionStore } from '../version-store.js'
import { nextVersion } from '../../document/version-number.js'
import { NO_HEAD, type PromptView } from '../prompt-heads.js'
import {
  sampleVersion,
  saveAll,
  versionsIn,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'
import { refusedTransactions } from './refused-transactions.js'
import {
  change,
  ends,
  failsWith,
  headOf,
  moveLabel,
  moveOf,
  nothing,
  transacting,
} from './transacting.js'

/** The tests of transactions over prompts; skipped for a storage that has none. */
export function transactionBehaviour(subject: ConformanceSubject, runner: ConformanceRunner): void {
  runner.describe('transactions', () => {
    headBehaviour(subject, runner)
    copyBehaviour(subject, runner)
    numberBehaviour(subject, runner)
    refusedTransactions(subject, runner)
    racingBehaviour(subject, runner)
    keepingBehaviour(subject, runner)
  })
}

function headBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'show each prompt as it is, and return the result of a decision that changes nothing',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.10.0', '1.9.0'])
      const result = await storage.transact(['p', 'missing'], (views) => ({
        changes: [],
        result: views,
      }))
      assert.deepEqual(result, [
        { promptId: 'p', head: undefined, versions: ['1.9.0', '1.10.0'] },
        { promptId: 'missing', head: undefined, versions: [] },
      ])
      assert.equal(await storage.readHead('p'), undefined)
      assert.deepEqual(await storage.listLabelMoves('p'), [])
      assert.deepEqual(await versionsIn(storage, 'missing'), [])
    }),
  )
  it(
    'change the head, its history and versions of several prompts at once',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
      const head = headOf('constructor', '1.1.0')
      const move = moveOf('constructor', null, '1.1.0')
      await storage.transact(['p', '全书/翻译'], () => ({
        changes: [
          {
            promptId: 'p',
            save: [sampleVersion('p', '1.1.0')],
            delete: ['1.0.0'],
            head,
            moves: [move],
          },
          { promptId: '全书/翻译', save: [sampleVersion('全书/翻译', '1.0.0')] },
        ],
        result: undefined,
      }))
      assert.deepEqual(await storage.readHead('p'), head)
      assert.deepEqual(await storage.listLabelMoves('p'), [move])
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.1', '1.1.0'])
      assert.deepEqual(await storage.getVersion('p', '1.1.0'), sampleVersion('p', '1.1.0'))
      assert.deepEqual(await versionsIn(storage, '全书/翻译'), ['1.0.0'])
      assert.equal(await storage.readHead('全书/翻译'), undefined)
    }),
  )
}

function copyBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'keep a frozen copy of the head, and the moves in their order',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
      const given = { ...headOf('production', '1.0.0'), tags: { '1.0.0': ['a', 'b'] } }
      await storage.transact(['p'], () => change({ promptId: 'p', head: given }))
      given.tags['1.0.0'].push('c')
      const kept = await storage.readHead('p')
      assert.deepEqual(kept?.tags, { '1.0.0': ['a', 'b'] })
      assert.ok(Object.isFrozen(kept) && Object.isFrozen(kept.tags['1.0.0']))
      for (const to of ['1.0.1', '1.0.0', '1.0.1']) await moveLabel(storage, 'p', to)
      const moves = await storage.listLabelMoves('p')
      assert.deepEqual(ends(moves), ['1.0.0 1.0.1', '1.0.1 1.0.0', '1.0.0 1.0.1'])
      assert.ok(Object.isFrozen(moves))
    }),
  )
}

function numberBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'record the highest number when it is deleted, by them or by deleteVersion',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1', '1.0.2', '1.0.10'])
      await storage.transact(['p'], () => change({ promptId: 'p', head: NO_HEAD }))
      assert.equal(await storage.deleteVersion('p', '1.0.1'), true)
      assert.equal((await storage.readHead('p'))?.highest, null)
      assert.equal(await storage.deleteVersion('p', '1.0.10'), true)
      assert.equal((await storage.readHead('p'))?.highest, '1.0.10')
      await storage.transact(['p'], () => change({ promptId: 'p', delete: ['1.0.0', '1.0.2'] }))
      assert.equal((await storage.readHead('p'))?.highest, '1.0.10')
      assert.deepEqual(await versionsIn(storage, 'p'), [])
    }),
  )
  it(
    'make a head for a prompt without one when a version is deleted, whose number is not given again',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
      await storage.transact(['p'], () => change({ promptId: 'p', delete: ['1.0.1'] }))
      assert.equal(await storage.deleteVersion('p', '1.0.0'), true)
      assert.deepEqual(await storage.readHead('p'), { ...NO_HEAD, highest: '1.0.1' })
      assert.deepEqual(await storage.listLabelMoves('p'), [])
      assert.deepEqual(await versionsIn(storage, 'p'), [])
    }),
  )
  it(
    'give each of many publishers a number of its own',
    transacting(subject, async (storage) => {
      const numbers = await Promise.all(
        Array.from({ length: 20 }, async () => await publishNext(storage, 'p')),
      )
      assert.equal(new Set(numbers).size, 20)
      assert.deepEqual((await versionsIn(storage, 'p')).length, 20)
    }),
  )
  it(
    'forget heads and histories with clearAll',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      await moveLabel(storage, 'p', '1.0.0')
      await storage.clearAll()
      assert.equal(await storage.readHead('p'), undefined)
      assert.deepEqual(await storage.listLabelMoves('p'), [])
      assert.deepEqual(await versionsIn(storage, 'p'), [])
    }),
  )
}

function racingBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'decide again when another call was first: each compare-and-set succeeds once',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
      await moveLabel(storage, 'p', '1.0.0')
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, async () => await moveLabel(storage, 'p', '1.0.1', '1.0.0')),
      )
      assert.equal(outcomes.filter(Boolean).length, 1)
      assert.deepEqual(ends(await storage.listLabelMoves('p')), ['null 1.0.0', '1.0.0 1.0.1'])
    }),
  )
  it(
    'and deletes of the same versions leave no label without its version',
    transacting(subject, async (storage) => {
      for (let round = 0; round < 10; round++) {
        const promptId = `p${round}`
        await saveAll(storage, promptId, ['1.0.0', '1.0.1'])
        const [moved, deleted] = await Promise.allSettled([
          moveLabel(storage, promptId, '1.0.1'),
          storage.deleteVersion(promptId, '1.0.1'),
        ])
        const hasVersion = (await storage.getVersion(promptId, '1.0.1')) !== undefined
        const label = (await storage.readHead(promptId))?.labels['production']?.version
        assert.equal(label, hasVersion ? '1.0.1' : undefined)
        assert.notEqual(moved.status === 'fulfilled', deleted.status === 'fulfilled')
      }
    }),
  )
}

function keepingBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'complete when the storage is closed after them, and are refused afterwards',
    transacting(
      subject,
      async (storage, place) => {
        await saveAll(storage, 'p', ['1.0.0'])
        const moving = moveLabel(storage, 'p', '1.0.0')
        const closing = storage.close()
        assert.equal(await moving, true)
        await closing
        const isClosed = failsWith('FS-CLOSED-001', {})
        await assert.rejects(storage.transact(['p'], nothing), isClosed)
        await assert.rejects(storage.readHead('p'), isClosed)
        await assert.rejects(storage.listLabelMoves('p'), isClosed)
        if (!subject.persistent) return
        const again = (await place.open()) as VersionStore
        try {
          assert.equal((await again.readHead('p'))?.labels['production']?.version, '1.0.0')
          assert.deepEqual(ends(await again.listLabelMoves('p')), ['null 1.0.0'])
        } finally {
          await again.close()
        }
      },
      ['close'],
    ),
  )
}

async function publishNext(storage: VersionStore, promptId: string): Promise<string> {
  return await storage.transact([promptId], ([view]: readonly PromptView[]) => {
    const version = nextVersion(view?.versions.at(-1), 'minor')
    const save = [sampleVersion(promptId, version)]
    return { changes: [{ promptId, save, head: view?.head ?? NO_HEAD }], result: version }
  })
}
