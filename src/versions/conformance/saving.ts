import assert from 'node:assert/strict'
import type { VersionStore } from '../version-store.js'
import type { JsonObject } from '../../document/json.js'
import { isStorageError, type VersionConflictError } from '../../base/errors.js'
import {
  sampleVersion,
  saveAll,
  namesOf,
  versionsIn,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import { isMisuse } from './reading.js'
import { isErrorNamed } from '../../base/values.js'

/** The tests of saveVersion. */
export function savingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('saving', () => {
    it(
      'stores a document that comes back equal',
      withStorage(subject, async (storage) => {
        const version = sampleVersion('p', '1.0.0')
        assert.equal(await storage.saveVersion(version), undefined)
        assert.deepEqual(await storage.getVersion('p', '1.0.0'), version)
      }),
    )
    it(
      'refuses a version that exists, says so clearly and leaves it as it is',
      withStorage(subject, async (storage) => {
        const first = sampleVersion('p', '1.0.0')
        await storage.saveVersion(first)
        const second = sampleVersion('p', '1.0.0', { metadata: { author: 'another author' } })
        await assert.rejects(storage.saveVersion(second), isConflict('p', '1.0.0'))
        assert.deepEqual(await storage.getVersion('p', '1.0.0'), first)
      }),
    )
    it(
      'refuses it also when the content is the same',
      withStorage(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        await assert.rejects(
          storage.saveVersion(sampleVersion('p', '1.0.0')),
          isConflict('p', '1.0.0'),
        )
      }),
    )
    it(
      'keeps the same version of two prompts apart',
      withStorage(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        await storage.saveVersion(sampleVersion('q', '1.0.0'))
        assert.equal((await storage.getVersion('p', '1.0.0'))?.prompt_id, 'p')
        assert.equal((await storage.getVersion('q', '1.0.0'))?.prompt_id, 'q')
      }),
    )
  })
  sameContentBehaviour(subject, { describe, it })
  copyingBehaviour(subject, { describe, it })
}

function sameContentBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('saving what exists', () => {
    it(
      'says of a conflict whether the same content is stored, and accepts it where that is asked for',
      withStorage(subject, async (storage) => {
        const version = sampleVersion('p', '1.0.0', { metadata: { a: 1, b: [1, 2] } })
        await storage.saveVersion(version)
        const reordered = { ...version, metadata: { b: [1, 2], a: 1 } }
        await assert.rejects(storage.saveVersion(reordered), isConflict('p', '1.0.0', true))
        await storage.saveVersion(reordered, { ifSame: 'accept' })
        const others = [
          { ...version, metadata: { a: 1, b: [2, 1] } },
          { ...version, created_at: '2001-01-01T00:00:00.000Z' },
        ]
        for (const other of others) {
          await assert.rejects(storage.saveVersion(other), isConflict('p', '1.0.0', false))
          await assert.rejects(
            storage.saveVersion(other, { ifSame: 'accept' }),
            isConflict('p', '1.0.0', false),
          )
        }
        assert.deepEqual(await storage.listVersions('p'), [version])
        await assert.rejects(
          storage.saveVersion(version, { ifSame: 'overwrite' } as never),
          TypeError,
        )
        await assert.rejects(storage.saveVersion(version, { ifsame: 'accept' } as never), TypeError)
      }),
    )
  })
}

function copyingBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('the copy that is saved', () => {
    it(
      'does not follow later changes of the argument, also while the save is still under way',
      withStorage(subject, async (storage) => {
        const metadata = { author: 'before', list: [1] }
        const given = sampleVersion('p', '1.0.0', { metadata })
        const saving = storage.saveVersion(given)
        metadata.author = 'during'
        await saving
        metadata.author = 'after'
        metadata.list.push(2)
        const stored = await storage.getVersion('p', '1.0.0')
        assert.deepEqual(stored?.metadata, { author: 'before', list: [1] })
        assert.ok(!Object.isFrozen(given), 'the argument itself must not be frozen')
      }),
    )
    it(
      'keeps a key named __proto__ as data',
      withStorage(subject, async (storage) => {
        const text = '{"__proto__":{"polluted":true},"constructor":1}'
        const metadata = JSON.parse(text) as JsonObject
        await storage.saveVersion(sampleVersion('p', '1.0.0', { metadata }))
        const stored = await storage.getVersion('p', '1.0.0')
        assert.equal(JSON.stringify(stored?.metadata), text)
        assert.equal(Reflect.get({}, 'polluted'), undefined)
      }),
    )
    it(
      'treats undefined properties as absent and fills in what has a default',
      withStorage(subject, async (storage) => {
        const { metadata: _metadata, analysis: _analysis, ...rest } = sampleVersion('p', '1.0.0')
        // As a document from another program might be.
        await storage.saveVersion({ ...rest, metadata: undefined } as never)
        const stored = await storage.getVersion('p', '1.0.0')
        assert.deepEqual(stored, { ...sampleVersion('p', '1.0.0'), metadata: {}, analysis: null })
      }),
    )
  })
}

/** Whether an error is the conflict of this version, with the documented message. */
export function isConflict(
  promptId: string,
  version: string,
  sameContent?: boolean,
): (error: unknown) => true {
  return (error) => {
    assert.ok(isStorageError(error, 'OPT-VER-001'), `expected a conflict, got ${String(error)}`)
    assert.equal(error.message, `Version ${version} already exists for prompt ${promptId}`)
    const { version: taken, promptId: of } = error as VersionConflictError
    assert.deepEqual({ taken, of }, { taken: version, of: promptId })
    if (sameContent === undefined) return true
    assert.equal((error as VersionConflictError).sameContent, sameContent)
    assert.equal(error.context['same_content'], sameContent)
    return true
  }
}

/** The tests of saveVersions. */
export function batchBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('saving several versions as one', () => {
    it(
      'stores all of them, of several prompts',
      batching(subject, async (storage) => {
        const versions = [
          sampleVersion('p', '1.0.0'),
          sampleVersion('q', '1.0.0'),
          sampleVersion('p', '1.0.1'),
        ]
        await storage.saveVersions(versions)
        for (const version of versions)
          assert.deepEqual(await storage.getVersion(version.prompt_id, version.version), version)
        assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0', '1.0.1'])
      }),
    )
    it(
      'takes an empty batch for what it is',
      batching(subject, async (storage) => {
        await storage.saveVersions([])
        assert.deepEqual(await versionsIn(storage, 'p'), [])
      }),
    )
    it(
      'stores none of them when one exists already',
      batching(subject, async (storage) => {
        const first = sampleVersion('p', '1.0.1', { metadata: { first: true } })
        await storage.saveVersion(first)
        const batch = ['1.0.0', '1.0.1', '1.0.2'].map((version) => sampleVersion('p', version))
        await assert.rejects(storage.saveVersions(batch), isConflict('p', '1.0.1'))
        assert.deepEqual(await storage.listVersions('p'), [first])
      }),
    )
    it(
      'stores none of them when the batch has one twice, or one that does not fit',
      batching(subject, async (storage) => {
        const twins = [
          sampleVersion('p', '1.0.0'),
          sampleVersion('q', '1.0.0'),
          sampleVersion('p', '1.0.0'),
        ]
        await assert.rejects(storage.saveVersions(twins), isConflict('p', '1.0.0'))
        const misfit = [sampleVersion('p', '1.0.0'), sampleVersion('q', 'one')]
        await assert.rejects(storage.saveVersions(misfit), isMisuse)
        await assert.rejects(storage.saveVersions('no list' as never), isMisuse)
        for (const id of ['p', 'q']) assert.deepEqual(await versionsIn(storage, id), [])
      }),
    )
  })
  sameBatchBehaviour(subject, { describe, it })
}

function sameBatchBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('saving several versions some of which exist', () => {
    it(
      'stores what is missing where the same content is accepted, and none of them when one differs',
      batching(subject, async (storage) => {
        const batch = ['1.0.0', '1.0.1', '1.0.2'].map((version) => sampleVersion('p', version))
        await storage.saveVersions(batch.slice(0, 2))
        await assert.rejects(storage.saveVersions(batch), isConflict('p', '1.0.0', true))
        await storage.saveVersions([...batch, ...batch], { ifSame: 'accept' })
        assert.deepEqual(await storage.listVersions('p'), batch)
        const mixed = [
          sampleVersion('p', '1.0.0'),
          sampleVersion('p', '1.0.2', { metadata: { other: true } }),
          sampleVersion('p', '1.0.3'),
        ]
        await assert.rejects(
          storage.saveVersions(mixed, { ifSame: 'accept' }),
          isConflict('p', '1.0.2', false),
        )
        assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0', '1.0.1', '1.0.2'])
      }),
    )
  })
}

/** The body of a test with a storage that saves several versions as one. */
function batching(
  subject: ConformanceSubject,
  body: (storage: VersionStore) => Promise<void>,
): TestBody {
  return withStorage(subject, body, ['batch'])
}

/** The tests of calls that fail temporarily. */
export function retryingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('trouble of a moment', () => {
    it(
      'is survived by reads',
      withStorage(subject, async (storage, place) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        place.failNext?.('read', 2)
        assert.deepEqual(await storage.getVersion('p', '1.0.0'), sampleVersion('p', '1.0.0'))
        place.failNext?.('read', 2)
        assert.equal((await storage.getLatestVersion('p'))?.version, '1.0.1')
        place.failNext?.('read', 2)
        assert.deepEqual(namesOf(await storage.listVersions('p')).toSorted(byText), [
          '1.0.0',
          '1.0.1',
        ])
      }),
    )
    it(
      'is survived by changes, which take effect once',
      withStorage(subject, async (storage, place) => {
        place.failNext?.('change', 2)
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        await assert.rejects(storage.saveVersion(sampleVersion('p', '1.0.0')), (error) =>
          isErrorNamed(error, 'VersionConflictError'),
        )
        place.failNext?.('change', 2)
        assert.equal(await storage.deleteVersion('p', '1.0.0'), true)
        assert.equal(await storage.getVersion('p', '1.0.0'), undefined)
      }),
    )
  })
}

function byText(left: string, right: string): number {
  return left < right ? -1 : 1
}
