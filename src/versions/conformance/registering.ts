import assert from 'node:assert/strict'
import { transacting } from './transacting.js'
import type { VersionStore } from '../version-store.js'
import { isStorageError } from '../../base/errors.js'
import { outOfRange } from '../../base/misuse.js'
import { PromptRegistry } from '../registry/prompt-registry.js'
import { versionsIn, type ConformanceRunner, type ConformanceSubject } from './subject.js'

/** The body of a test with a registry over a storage of its own. */
function withRegistry(
  subject: ConformanceSubject,
  body: (registry: PromptRegistry, storage: VersionStore) => Promise<void>,
): () => Promise<void> {
  return transacting(
    subject,
    async (storage) => await body(new PromptRegistry({ storage }), storage),
  )
}

function isFailure(code: string, reason?: string): (error: unknown) => boolean {
  return (error) =>
    isStorageError(error) &&
    error.code === code &&
    (reason === undefined || error.context['reason'] === reason)
}

/** Publishes three texts: 1.0.0, 1.0.1 and 1.0.2. */
async function publishThree(registry: PromptRegistry): Promise<void> {
  for (const text of ['a', 'b', 'c']) await registry.publish('p', { text }, { bump: 'patch' })
}

export function publishingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('publishing', () => {
    it(
      'numbers versions by what the change means',
      withRegistry(subject, async (registry) => {
        const published: string[] = []
        for (const text of ['Hi', 'Hello', 'Hello {{name}}', 'Hello'])
          published.push((await registry.publish('p', { text })).version)
        assert.deepEqual(published, ['1.0.0', '1.0.1', '1.1.0', '2.0.0'])
      }),
    )
    it(
      'returns the stored document, and the same one for the same content',
      withRegistry(subject, async (registry, storage) => {
        const first = await registry.publish('p', { text: 'Hi' }, { message: 'First' })
        assert.equal(first.created, true)
        assert.deepEqual({ ...first }, { ...(await storage.getVersion('p', '1.0.0')) })
        const again = await registry.publish('p', { text: 'Hi' }, { labels: ['live'] })
        assert.deepEqual([again.created, again.version], [false, '1.0.0'])
        assert.equal((await registry.labels('p'))['live']?.version, '1.0.0')
      }),
    )
    it(
      'gives no number twice, also after the highest version was deleted',
      withRegistry(subject, async (registry, storage) => {
        await publishThree(registry)
        await storage.deleteVersion('p', '1.0.2')
        const next = await registry.publish('p', { text: 'd' }, { bump: 'patch' })
        assert.equal(next.version, '1.0.3')
      }),
    )
    it(
      'gives each of many calls at once its own number',
      withRegistry(subject, async (registry, storage) => {
        const other = new PromptRegistry({ storage })
        const published = await Promise.all(
          Array.from({ length: 20 }, async (_, at) => {
            const one = at % 2 === 0 ? registry : other
            return await one.publish('p', { text: `text ${at}` }, { bump: 'patch' })
          }),
        )
        const versions = new Set(published.map(({ version }) => version))
        assert.deepEqual(
          [...versions].sort(),
          Array.from({ length: 20 }, (_, at) => `1.0.${at}`).sort(),
        )
      }),
    )
  })
}

export function referenceBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('references', () => {
    it(
      'understands numbers, ranges, labels and latest',
      withRegistry(subject, async (registry) => {
        await registry.publish('p', { text: 'a' }, { labels: ['live'] })
        await registry.publish('p', { text: 'b' }, { bump: 'minor' })
        await registry.publish('p', { text: 'c' }, { bump: 'major' })
        const found: (string | undefined)[] = []
        for (const reference of ['1.0.0', '^1', '@live', 'latest', '9.9.9'])
          found.push((await registry.get('p', reference))?.version)
        assert.deepEqual(found, ['1.0.0', '1.1.0', '1.0.0', '2.0.0', undefined])
      }),
    )
  })
}

export function labellingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('labels', () => {
    it(
      'move, and say who moved them, why and in which order',
      withRegistry(subject, async (registry) => {
        await publishThree(registry)
        await registry.label('p', 'live', '1.0.0', { by: 'ada', reason: 'launch' })
        await registry.label('p', 'live', 'latest', { by: 'bob' })
        assert.equal((await registry.labels('p'))['live']?.version, '1.0.2')
        await registry.unlabel('p', 'live')
        assert.deepEqual(await registry.labels('p'), {})
        const history = await registry.labelHistory('p', 'live')
        assert.deepEqual(
          history.map(({ from, to, by, reason }) => [from, to, by, reason]),
          [
            [null, '1.0.0', 'ada', 'launch'],
            ['1.0.0', '1.0.2', 'bob', null],
            ['1.0.2', null, null, null],
          ],
        )
      }),
    )
    it(
      'are moved by exactly one of many who expect the same',
      withRegistry(subject, async (registry) => {
        await publishThree(registry)
        await registry.label('p', 'live', '1.0.0')
        const moves = await Promise.allSettled(
          Array.from({ length: 12 }, async (_, at) => {
            return await registry.label('p', 'live', `1.0.${1 + (at % 2)}`, { expected: '1.0.0' })
          }),
        )
        assert.equal(moves.filter(({ status }) => status === 'fulfilled').length, 1)
        assert.equal((await registry.labelHistory('p', 'live')).length, 2)
      }),
    )
  })
}

export function labelledBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('labelled versions', () => {
    it(
      'cannot be deleted, and are not retired',
      withRegistry(subject, async (registry, storage) => {
        await publishThree(registry)
        await registry.label('p', 'live', '1.0.0')
        const isLabelled = isFailure('OPT-LABEL-001', 'labelled')
        await assert.rejects(storage.deleteVersion('p', '1.0.0'), isLabelled)
        const { remove } = await registry.applyRetention('p', { keepLast: 1 })
        assert.deepEqual(
          remove.map(({ version }) => version),
          ['1.0.1'],
        )
        assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0', '1.0.2'])
      }),
    )
    it(
      'get their label back by a rollback, and versions that do not exist get none',
      withRegistry(subject, async (registry) => {
        await publishThree(registry)
        await registry.label('p', 'live', '1.0.0')
        await registry.label('p', 'live', '1.0.1')
        assert.equal((await registry.rollbackLabel('p', 'live')).to, '1.0.0')
        await assert.rejects(registry.label('p', 'live', '7.0.0'), isFailure('OPT-VER-002'))
      }),
    )
    it(
      'are still labelled when the storage is opened again',
      transacting(
        subject,
        async (storage, place) => {
          const registry = new PromptRegistry({ storage })
          await publishThree(registry)
          await registry.label('p', 'live', '1.0.1', { by: 'ada' })
          await storage.close()
          if (!subject.persistent) return
          const second = (await place.open()) as VersionStore
          try {
            const again = new PromptRegistry({ storage: second })
            assert.equal((await again.get('p', '@live'))?.version, '1.0.1')
            assert.equal((await again.labelHistory('p', 'live'))[0]?.by, 'ada')
          } finally {
            await second.close()
          }
        },
        ['close'],
      ),
    )
  })
}

export function registryTransactionBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('transactions over several prompts', () => {
    it(
      'commit together, and store nothing when the work throws',
      withRegistry(subject, async (registry, storage) => {
        await registry.transaction(async (tx) => {
          await tx.publish('p', { text: 'a' }, { labels: ['live'] })
          await tx.publish('q', { text: 'b' }, { labels: ['live'] })
        })
        const work = registry.transaction(async (tx) => {
          await tx.publish('r', { text: 'c' })
          throw outOfRange('not today')
        })
        await assert.rejects(work, RangeError)
        for (const [id, versions] of [
          ['p', ['1.0.0']],
          ['q', ['1.0.0']],
          ['r', []],
        ] as const)
          assert.deepEqual(await versionsIn(storage, id), versions)
      }),
    )
    it(
      'of many at once lose none',
      withRegistry(subject, async (registry) => {
        const works = Array.from({ length: 8 }, async (_, at) => {
          await registry.transaction(async (tx) => {
            await tx.publish('p', { text: `p ${at}` }, { bump: 'patch' })
            await tx.publish('q', { text: `q ${at}` }, { bump: 'patch' })
          })
        })
        await Promise.all(works)
        assert.equal((await registry.history('p')).length, 8)
        assert.equal((await registry.history('q')).length, 8)
      }),
    )
    it(
      'find versions by tags and deprecations, which go with them',
      withRegistry(subject, async (registry) => {
        await publishThree(registry)
        await registry.tag('p', '1.0.0', { add: ['x'] })
        await registry.deprecate('p', '1.0.1', { reason: 'old' })
        const [newest, middle, oldest] = await registry.history('p')
        assert.deepEqual(newest?.tags, [])
        assert.equal(middle?.deprecated?.reason, 'old')
        assert.deepEqual(oldest?.tags, ['x'])
      }),
    )
  })
}
