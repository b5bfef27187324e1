import assert from 'node:assert/strict'
import {
  sampleVersion,
  saveAll,
  versionsIn,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'
import { isConflict } from './saving.js'
import {
  change,
  failsWith,
  headOf,
  moveLabel,
  moveOf,
  nothing,
  transacting,
  type Change,
} from './transacting.js'

/** The tests of transactions that are refused. */
export function refusedTransactions(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  missingBehaviour(subject, { describe, it })
  misuseBehaviour(subject, { describe, it })
  it(
    'refuse to delete a labelled version, and say which labels it has',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
      await moveLabel(storage, 'p', '1.0.0')
      const isLabelled = failsWith('OPT-LABEL-001', {
        prompt_id: 'p',
        version: '1.0.0',
        labels: ['production'],
        reason: 'labelled',
      })
      await assert.rejects(storage.deleteVersion('p', '1.0.0'), isLabelled)
      const both = { promptId: 'p', delete: ['1.0.1', '1.0.0'] }
      await assert.rejects(
        storage.transact(['p'], () => change(both)),
        isLabelled,
      )
      const head = headOf('staging', '1.0.1')
      const moved = { promptId: 'p', delete: ['1.0.1'], head }
      await assert.rejects(
        storage.transact(['p'], () => change(moved)),
        failsWith('OPT-LABEL-001', { labels: ['staging'] }),
      )
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0', '1.0.1'])
      // The label is moved away in the same transaction.
      await storage.transact(['p'], () => change({ promptId: 'p', delete: ['1.0.0'], head }))
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.1'])
    }),
  )
}

function missingBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'refuse what is missing, and versions that exist, and change nothing',
    transacting(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      const isMissing = failsWith('OPT-VER-002', { prompt_id: 'p', version: '9.0.0' })
      const save = [sampleVersion('p', '1.0.1')]
      for (const wrong of [
        { promptId: 'p', save, requires: ['9.0.0'] },
        { promptId: 'p', save, delete: ['9.0.0'] },
        { promptId: 'p', save, head: headOf('production', '9.0.0') },
      ])
        await assert.rejects(
          storage.transact(['p'], () => change(wrong)),
          isMissing,
        )
      const taken = [...save, sampleVersion('p', '1.0.0')]
      await assert.rejects(
        storage.transact(['p'], () => change({ promptId: 'p', save: taken })),
        isConflict('p', '1.0.0'),
      )
      await assert.rejects(
        storage.transact(['p'], () => change({ promptId: 'p', save: [...save, ...save] })),
        isConflict('p', '1.0.1'),
      )
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0'])
      assert.equal(await storage.readHead('p'), undefined)
    }),
  )
}

function misuseBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'refuse changes that no storage could make, with a TypeError that says why',
    transacting(subject, async (storage) => {
      const head = headOf('production', '1.0.0')
      const tests: readonly (readonly [wrong: unknown, message: RegExp])[] = [
        [{ promptId: 'q' }, /at most one change of each prompt/],
        [{ promptId: 'p', save: [sampleVersion('q', '1.0.0')] }, /must save its versions/],
        [{ promptId: 'p', save: [{ prompt_id: 'p' }] }, /version\.version/],
        [{ promptId: 'p', moves: [moveOf('a', null, '1.0.0')] }, /must have the "head"/],
        [{ promptId: 'p', head: { ...head, more: 1 } }, /"head\.more" must be absent/],
        [{ promptId: 'p', head: { ...head, highest: '1' } }, /"head\.highest" must be a version/],
        [{ promptId: 'p', head: { ...head, tags: { a: 'b' } } }, /"head\.tags\.a" must be a list/],
        [{ promptId: 'p', head, moves: [{}] }, /"moves\[0\]\.label" must be a text/],
      ]
      await saveAll(storage, 'p', ['1.0.0'])
      for (const [wrong, message] of tests)
        await assert.rejects(
          storage.transact(['p'], () => change(wrong as Change)),
          { name: 'TypeError', message },
        )
      for (const ids of [[''], ['p', 'p'], 'p'])
        await assert.rejects(storage.transact(ids as string[], nothing), TypeError)
      for (const ids of [[], Array.from({ length: 65 }, (_, at) => `p${at}`)])
        await assert.rejects(storage.transact(ids, nothing), RangeError)
      await assert.rejects(storage.readHead(''), TypeError)
      await assert.rejects(storage.listLabelMoves(''), TypeError)
    }),
  )
  it(
    'pass on what the decision throws, and change nothing',
    transacting(subject, async (storage) => {
      const reason = new Error('no')
      const refuse = (): never => {
        throw reason
      }
      await assert.rejects(storage.transact(['p'], refuse), reason)
      assert.deepEqual(await versionsIn(storage, 'p'), [])
    }),
  )
}
