import assert from 'node:assert/strict'
import { isErrorNamed } from '../../base/values.js'
import {
  namesOf,
  sampleVersion,
  saveAll,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'

/** What becomes of calls that the disk refuses for a moment. */
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
