import assert from 'node:assert/strict'
import type { Capability } from '../supports.js'
import type { VersionStore } from '../version-store.js'
import { isStorageError } from '../../base/errors.js'
import {
  sampleVersion,
  saveAll,
  versionsIn,
  withStorage,
  type ConformancePlace,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import { compareVersions } from '../../document/version-number.js'
import { isConflict } from './saving.js'

/** The tests of close, and of what is stored afterwards. */
export function lifecycleBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('closing', () => {
    it(
      'completes every call that came before it, and refuses every one that comes after',
      closing(subject, async (storage, place) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        const before = Promise.all([
          storage.saveVersion(sampleVersion('q', '1.0.0')),
          storage.deleteVersion('p', '1.0.0'),
          storage.getVersion('p', '1.0.1'),
          storage.getLatestVersion('p'),
          storage.listVersions('p'),
        ])
        const ending = storage.close()
        const after = assert.rejects(storage.saveVersion(sampleVersion('s', '1.0.0')), isClosed)
        const [, deleted, found] = await before
        assert.equal(deleted, true)
        assert.deepEqual(found, sampleVersion('p', '1.0.1'))
        await Promise.all([ending, after])
        if (!subject.persistent) return
        await reopened(place, async (again) => {
          assert.deepEqual(await versionsIn(again, 'p'), ['1.0.1'])
          assert.deepEqual(await versionsIn(again, 'q'), ['1.0.0'])
        })
      }),
    )
  })
  closingTogetherBehaviour(subject, { describe, it })
  closedBehaviour(subject, { describe, it })
}

function closingTogetherBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('closing during larger work', () => {
    it(
      'completes lists of names and saves of several versions, too',
      closing(
        subject,
        async (storage, place) => {
          const before = Promise.all([
            storage.saveVersions([sampleVersion('q', '1.1.0'), sampleVersion('r', '1.0.0')]),
            storage.listVersionNames('p'),
            storage.listPromptIds(),
          ])
          const ending = storage.close()
          await Promise.all([before, ending])
          if (!subject.persistent) return
          await reopened(place, async (again) => {
            assert.deepEqual(await again.listPromptIds(), ['q', 'r'])
            assert.deepEqual(await again.listVersionNames('q'), ['1.1.0'])
          })
        },
        ['batch', 'names', 'promptIds'],
      ),
    )
    it(
      'waits for work that keeps it open, and refuses the calls of others meanwhile',
      closing(
        subject,
        async (storage) => {
          const work = storage.keepOpenWhile(async (held) => {
            assert.equal(await held.getLatestVersion('p'), undefined)
            await held.saveVersion(sampleVersion('p', '1.0.0'))
            assert.equal((await held.getLatestVersion('p'))?.version, '1.0.0')
            await assert.rejects(storage.getLatestVersion('p'), isClosed)
            return held
          })
          const ending = storage.close()
          const held = await work
          await ending
          await assert.rejects(held.getLatestVersion('p'), isClosed)
        },
        ['keepOpen'],
      ),
    )
  })
}

function closedBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('being closed', () => {
    it(
      'is not an error when it is closed already',
      closing(subject, async (storage) => {
        await Promise.all([storage.close(), storage.close()])
        await storage.close()
        await storage[Symbol.asyncDispose]()
      }),
    )
    it(
      'makes every method reject, misuse before that',
      closing(subject, async (storage) => {
        await storage.close()
        await assert.rejects(storage.saveVersion(sampleVersion('p', '1.0.0')), isClosed)
        await assert.rejects(storage.getVersion('p', '1.0.0'), isClosed)
        await assert.rejects(storage.listVersions('p'), isClosed)
        await assert.rejects(storage.getLatestVersion('p'), isClosed)
        await assert.rejects(storage.deleteVersion('p', '1.0.0'), isClosed)
        await assert.rejects(storage.clearAll(), isClosed)
        await assert.rejects(storage.getVersion('', '1.0.0'), TypeError)
      }),
    )
    for (const [capability, call] of CALLS)
      it(
        `makes the methods of "${capability}" fail`,
        closing(
          subject,
          async (storage) => {
            await storage.close()
            await assert.rejects(async () => await call(storage), isClosed)
          },
          [capability],
        ),
      )
    it(
      subject.persistent ? 'keeps everything for the next time' : 'forgets everything',
      closing(subject, async (storage, place) => {
        await saveAll(storage, 'p', ['1.9.0', '1.10.0'])
        await saveAll(storage, '全书/翻译', ['1.0.0'])
        await storage.deleteVersion('p', '1.9.0')
        await storage.close()
        await reopened(place, async (again) => {
          const kept = subject.persistent ? [sampleVersion('p', '1.10.0')] : []
          assert.deepEqual(await again.listVersions('p'), kept)
          const others = subject.persistent ? ['1.0.0'] : []
          assert.deepEqual(await versionsIn(again, '全书/翻译'), others)
        })
      }),
    )
  })
}

/** A call of each capability that a closed storage refuses. */
const CALLS: readonly (readonly [Capability, (storage: VersionStore) => unknown])[] = [
  ['batch', async (storage) => await storage.saveVersions([sampleVersion('p', '1.0.0')])],
  ['names', async (storage) => await storage.listVersionNames('p')],
  ['names', async (storage) => await storage.getLatestVersionName('p')],
  ['promptIds', async (storage) => await storage.listPromptIds()],
  ['removal', async (storage) => await storage.deleteVersions('p', ['1.0.0'])],
  ['summaries', async (storage) => await storage.listVersionSummaries('p')],
  ['watch', (storage) => storage.watch()],
]

/** The body of a test with a storage that can be closed, and what else it needs. */
function closing(
  subject: ConformanceSubject,
  body: (storage: VersionStore, place: ConformancePlace) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  return withStorage(subject, body, ['close', ...needs])
}

async function reopened(
  place: ConformancePlace,
  body: (storage: VersionStore) => Promise<void>,
): Promise<void> {
  const storage = (await place.open()) as VersionStore
  try {
    await body(storage)
  } finally {
    await storage.close()
  }
}

function isClosed(error: unknown): true {
  assert.ok(isStorageError(error), `expected a StorageError, got ${String(error)}`)
  assert.equal(error.code, 'FS-CLOSED-001')
  return true
}

/** The tests of concurrent callers. */
export function concurrencyBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('many callers at once', () => {
    it(
      'ten writers of ten prompts all succeed',
      withStorage(subject, async (storage) => {
        const ids = Array.from({ length: 10 }, (_, at) => `prompt_${at}`)
        await Promise.all(
          ids.map(async (id) => await storage.saveVersion(sampleVersion(id, '1.0.0'))),
        )
        for (const id of ids) assert.deepEqual(await versionsIn(storage, id), ['1.0.0'])
      }),
    )
    it(
      'of five writers of one version exactly one succeeds and four get a conflict',
      withStorage(subject, async (storage) => {
        const documents = Array.from({ length: 5 }, (_, writer) =>
          sampleVersion('p', '1.0.0', { metadata: { writer } }),
        )
        const outcomes = await Promise.allSettled(
          documents.map(async (version) => await storage.saveVersion(version)),
        )
        const winners = documents.filter((_, at) => outcomes[at]?.status === 'fulfilled')
        assert.equal(winners.length, 1)
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') isConflict('p', '1.0.0')(outcome.reason)
        assert.deepEqual(await storage.getVersion('p', '1.0.0'), winners[0])
      }),
    )
  })
  loadBehaviour(subject, { describe, it })
}

function loadBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('very many calls at once', () => {
    it(
      'a thousand saves are all kept, each whole',
      withStorage(subject, async (storage) => {
        const documents = Array.from({ length: 1000 }, (_, at) =>
          sampleVersion(`p${at % 50}`, `1.${at % 20}.${at}`),
        )
        await Promise.all(documents.map(async (version) => await storage.saveVersion(version)))
        for (const version of documents)
          assert.deepEqual(await storage.getVersion(version.prompt_id, version.version), version)
        for (let prompt = 0; prompt < 50; prompt++) {
          const names = await versionsIn(storage, `p${prompt}`)
          assert.equal(names.length, 20)
          assert.deepEqual(names, [...names].sort(compareVersions))
        }
      }),
    )
    it(
      'saves, reads and deletes of one version leave nothing that was deleted behind',
      withStorage(subject, async (storage) => {
        for (let round = 0; round < 25; round++) {
          await storage.saveVersion(sampleVersion('p', '1.0.0', { metadata: { round } }))
          const [, deleted] = await Promise.all([
            storage.getVersion('p', '1.0.0'),
            storage.deleteVersion('p', '1.0.0'),
            storage.getLatestVersion('p'),
          ])
          assert.equal(deleted, true)
          assert.equal(await storage.getVersion('p', '1.0.0'), undefined)
        }
      }),
    )
  })
}
