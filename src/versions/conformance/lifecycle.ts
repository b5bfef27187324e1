import assert from 'node:assert/strict'
import { isStorageError } from '../../base/errors.js'
import {
  sampleVersion,
  saveAll,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
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
      withStorage(subject, async (storage, place) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        const before = Promise.all([
          storage.saveVersion(sampleVersion('q', '1.0.0')),
          storage.saveVersions([sampleVersion('q', '1.1.0'), sampleVersion('r', '1.0.0')]),
          storage.deleteVersion('p', '1.0.0'),
          storage.getVersion('p', '1.0.1'),
          storage.getLatestVersion('p'),
          storage.listVersions('p'),
          storage.listVersionNames('p'),
          storage.listPromptIds(),
        ])
        const closing = storage.close()
        const after = assert.rejects(storage.saveVersion(sampleVersion('s', '1.0.0')), isClosed)
        const [, , deleted, found] = await before
        assert.equal(deleted, true)
        assert.deepEqual(found, sampleVersion('p', '1.0.1'))
        await Promise.all([closing, after])
        if (!subject.persistent) return
        const again = await place.open()
        try {
          assert.deepEqual(await again.listPromptIds(), ['p', 'q', 'r'])
          assert.deepEqual(await again.listVersionNames('q'), ['1.0.0', '1.1.0'])
        } finally {
          await again.close()
        }
      }),
    )
    it(
      'waits for work that keeps it open, and refuses the calls of others meanwhile',
      withStorage(subject, async (storage) => {
        const work = storage.keepOpenWhile(async (held) => {
          assert.equal(await held.getLatestVersionName('p'), undefined)
          await held.saveVersion(sampleVersion('p', '1.0.0'))
          assert.equal(await held.getLatestVersionName('p'), '1.0.0')
          await assert.rejects(storage.getLatestVersionName('p'), isClosed)
          return held
        })
        const closing = storage.close()
        const held = await work
        await closing
        await assert.rejects(held.getLatestVersionName('p'), isClosed)
      }),
    )
  })
  closedBehaviour(subject, { describe, it })
}

function closedBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('being closed', () => {
    it(
      'is not an error when it is closed already',
      withStorage(subject, async (storage) => {
        await Promise.all([storage.close(), storage.close()])
        await storage.close()
        await storage[Symbol.asyncDispose]()
      }),
    )
    it(
      'makes every method reject, misuse before that',
      withStorage(subject, async (storage) => {
        await storage.close()
        await assert.rejects(storage.saveVersion(sampleVersion('p', '1.0.0')), isClosed)
        await assert.rejects(storage.saveVersions([sampleVersion('p', '1.0.0')]), isClosed)
        await assert.rejects(storage.getVersion('p', '1.0.0'), isClosed)
        await assert.rejects(storage.listVersions('p'), isClosed)
        await assert.rejects(storage.listVersionNames('p'), isClosed)
        await assert.rejects(storage.getLatestVersion('p'), isClosed)
        await assert.rejects(storage.getLatestVersionName('p'), isClosed)
        await assert.rejects(storage.listPromptIds(), isClosed)
        await assert.rejects(storage.deleteVersion('p', '1.0.0'), isClosed)
        await assert.rejects(storage.clearAll(), isClosed)
        assert.throws(() => storage.watch(), isClosed)
        await assert.rejects(storage.getVersion('', '1.0.0'), TypeError)
      }),
    )
    it(
      subject.persistent ? 'keeps everything for the next time' : 'forgets everything',
      withStorage(subject, async (storage, place) => {
        await saveAll(storage, 'p', ['1.9.0', '1.10.0'])
        await saveAll(storage, '全书/翻译', ['1.0.0'])
        await storage.deleteVersion('p', '1.9.0')
        await storage.close()
        const again = await place.open()
        try {
          assert.deepEqual(
            await again.listPromptIds(),
            subject.persistent ? ['p', '全书/翻译'] : [],
          )
          const kept = subject.persistent ? [sampleVersion('p', '1.10.0')] : []
          assert.deepEqual(await again.listVersions('p'), kept)
        } finally {
          await again.close()
        }
      }),
    )
  })
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
        assert.deepEqual(await storage.listPromptIds(), ids)
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
          const names = await storage.listVersionNames(`p${prompt}`)
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
