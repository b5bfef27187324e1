import assert from 'node:assert/strict'
import type { VersionStore } from '../version-store.js'
import { NO_HEAD } from '../prompt-heads.js'
import type { AnyChange } from '../version-watch.js'
import {
  sampleVersion,
  saveAll,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import { change, headOf, moveLabel, moveOf, transacting } from './transacting.js'

/** The tests of watching labels. */
export function labelWatchingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('watching labels', () => {
    it(
      'reports each move with where the label was, in the order of the commits',
      watched(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        await moveLabel(storage, 'p', '1.0.0')
        const changes = storage.watch({ labels: true })
        await moveLabel(storage, 'p', '1.0.1')
        await storage.saveVersion(sampleVersion('p', '1.0.2'))
        await storage.transact(['p'], () =>
          change({
            promptId: 'p',
            head: NO_HEAD,
            moves: [moveOf('production', '1.0.1', null)],
          }),
        )
        const { value } = await changes.next()
        const move = moveOf('production', '1.0.0', '1.0.1')
        if (subject.reportsMoves === true || value?.kind === 'label')
          assert.deepEqual(value, { kind: 'label', prompt_id: 'p', ...move })
        else assert.equal(value?.kind, 'reset')
        await expectChanges(subject, changes, ['save 1.0.2', 'production 1.0.1 null'])
        await changes.return()
      }),
    )
    commitBehaviour(subject, { describe, it })
    quietBehaviour(subject, { describe, it })
  })
}

function commitBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'reports a commit as its versions, then its moves, also of an id with a hashed name',
    watched(subject, async (storage) => {
      const promptId = 'long '.repeat(100)
      const changes = storage.watch({ labels: true })
      const labels = { ...headOf('a', '1.1.0').labels, ...headOf('b', '1.1.0').labels }
      await storage.transact([promptId], () =>
        change({
          promptId,
          save: [sampleVersion(promptId, '1.0.0'), sampleVersion(promptId, '1.1.0')],
          head: { ...NO_HEAD, labels },
          moves: [
            moveOf('a', null, '1.0.0'),
            moveOf('b', null, '1.1.0'),
            moveOf('a', '1.0.0', '1.1.0'),
          ],
        }),
      )
      await expectChanges(subject, changes, [
        'save 1.0.0',
        'save 1.1.0',
        'a null 1.0.0',
        'b null 1.1.0',
        'a 1.0.0 1.1.0',
      ])
      await storage.transact([promptId], () =>
        change({
          promptId,
          delete: ['1.0.0'],
          head: headOf('b', '1.1.0'),
          moves: [moveOf('a', '1.1.0', null)],
        }),
      )
      await expectChanges(subject, changes, ['delete 1.0.0', 'a 1.1.0 null'])
      await changes.return()
    }),
  )
}

function quietBehaviour(subject: ConformanceSubject, { it }: ConformanceRunner): void {
  it(
    'is off by default, keeps to its prompt, and does not report tags',
    watched(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      await saveAll(storage, 'q', ['1.0.0'])
      const [versions, ofP] = [
        storage.watch(),
        storage.watch({ promptId: 'p', labels: true }),
      ] as const
      await moveLabel(storage, 'q', '1.0.0')
      await moveLabel(storage, 'p', '1.0.0')
      await storage.transact(['p'], ([view]) =>
        change({ promptId: 'p', head: { ...NO_HEAD, ...view?.head, tags: { '1.0.0': ['good'] } } }),
      )
      await storage.saveVersion(sampleVersion('p', '1.0.1'))
      await expectChanges(subject, versions, ['save 1.0.1'])
      await expectChanges(subject, ofP, ['production null 1.0.0', 'save 1.0.1'])
      await Promise.all([versions.return(), ofP.return()])
    }),
  )
  it(
    'says reset to those who watch labels when everything is cleared, once',
    watched(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0'])
      await moveLabel(storage, 'p', '1.0.0')
      const everything = storage.watch({ labels: true })
      await storage.clearAll()
      await storage.saveVersion(sampleVersion('q', '1.0.0'))
      const seen: string[] = []
      for await (const one of everything) if (seen.push(textOf(one)) && one.kind === 'save') break
      assert.ok(seen.includes('reset '), seen.join())
      assert.equal(seen.filter((text) => text === 'reset ').length, 1)
    }),
  )
  it(
    'refuses an option that is not a boolean',
    watched(subject, async (storage) => {
      assert.throws(() => storage.watch({ labels: 'production' } as never), TypeError)
      await Promise.resolve()
    }),
  )
}

function watched(
  subject: ConformanceSubject,
  body: (storage: VersionStore) => Promise<void>,
): TestBody {
  return transacting(subject, body, ['watch'])
}

/** Reads the changes, and compares them: up to a reset, if the storage may say that instead of a move. */
async function expectChanges(
  { reportsMoves = false }: ConformanceSubject,
  changes: AsyncIterator<AnyChange, undefined>,
  expected: readonly string[],
): Promise<void> {
  for (const [at, text] of expected.entries()) {
    const { value } = await changes.next()
    if (value?.kind === 'reset' && !reportsMoves) return
    assert.equal(value && textOf(value), text, `change ${at}`)
  }
}

function textOf(change: AnyChange): string {
  return change.kind === 'label'
    ? `${change.label} ${change.from} ${change.to}`
    : `${change.kind} ${change.version}`
}
