import assert from 'node:assert/strict'
import {
  saveAll,
  sampleVersion,
  versionsIn,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'

/** The tests of deleteVersion and clearAll. */
export function removingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('deleting', () => {
    it(
      'tells whether there was something to delete',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        assert.equal(await storage.deleteVersion('p', '1.0.0'), true)
        assert.equal(await storage.deleteVersion('p', '1.0.0'), false)
        assert.equal(await storage.deleteVersion('p', '9.0.0'), false)
        assert.equal(await storage.deleteVersion('q', '1.0.0'), false)
        assert.equal(await storage.getVersion('p', '1.0.0'), undefined)
        assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.1'])
      }),
    )
    it(
      'lets the same version be saved again, and then gives the new one',
      withStorage(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        await storage.getVersion('p', '1.0.0')
        await storage.deleteVersion('p', '1.0.0')
        const second = sampleVersion('p', '1.0.0', { metadata: { second: true } })
        await storage.saveVersion(second)
        assert.deepEqual(await storage.getVersion('p', '1.0.0'), second)
      }),
    )
    it(
      'succeeds for exactly one of many who delete the same version at once',
      withStorage(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, async () => await storage.deleteVersion('p', '1.0.0')),
        )
        assert.equal(outcomes.filter(Boolean).length, 1)
      }),
    )
  })
  clearingBehaviour(subject, { describe, it })
}

function clearingBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('clearing', () => {
    it(
      'is not an error on an empty storage',
      withStorage(subject, async (storage) => {
        await storage.clearAll()
        assert.deepEqual(await versionsIn(storage, 'p'), [])
      }),
    )
    it(
      'removes everything, and the storage works on',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        await saveAll(storage, 'q', ['1.0.0'])
        await storage.clearAll()
        assert.deepEqual(await storage.listVersions('p'), [])
        assert.equal(await storage.getVersion('p', '1.0.0'), undefined)
        assert.equal(await storage.getLatestVersion('q'), undefined)
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0'])
      }),
    )
  })
}
