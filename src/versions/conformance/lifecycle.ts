import assert from 'node:assert/strict'
import { isStorageError } from '../../errors.js'
import {
  sampleVersion,
  saveAll,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'

/** What close does, and what is there afterwards. */
export function lifecycleBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('closing', () => {
    it(
      'waits for saves under way, and closing again is no error',
      withStorage(subject, async (storage) => {
        const saving = storage.saveVersion(sampleVersion('p', '1.0.0'))
        const outcome = saving.then(
          () => 'saved',
          (error: unknown) => error,
        )
        await Promise.all([storage.close(), storage.close()])
        const result = await outcome
        if (result !== 'saved') isClosed(result)
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
