import assert from 'node:assert/strict'
import { isErrorNamed } from '../../base/values.js'
import type { ListOptions } from '../version-storage.js'
import {
  namesOf,
  sampleVersion,
  saveAll,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'

/** What listVersions, listVersionNames and listPromptIds do. */
export function listingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('listing versions', () => {
    it(
      'gives an empty list for a prompt without versions',
      withStorage(subject, async (storage) => {
        assert.deepEqual(await storage.listVersions('p'), [])
        assert.deepEqual(await storage.listVersionNames('p'), [])
      }),
    )
    it(
      'gives whole documents in the order of their numbers, 1.10.0 after 1.9.0',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.10.0', '1.0.0', '10.0.0', '1.9.0', '2.0.0'])
        await storage.saveVersion(sampleVersion('other', '3.0.0'))
        const ascending = ['1.0.0', '1.9.0', '1.10.0', '2.0.0', '10.0.0']
        const documents = await storage.listVersions('p')
        assert.deepEqual(
          documents,
          ascending.map((version) => sampleVersion('p', version)),
        )
        assert.deepEqual(await storage.listVersionNames('p'), ascending)
      }),
    )
  })
  pagingBehaviour(subject, { describe, it })
  promptIdBehaviour(subject, { describe, it })
}

function pagingBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('listing a part of the versions', () => {
    it(
      'gives the asked part, counted from the asked end',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4'])
        for (const [options, expected] of PAGES) {
          const shown = JSON.stringify(options)
          assert.deepEqual(namesOf(await storage.listVersions('p', options)), expected, shown)
          assert.deepEqual(await storage.listVersionNames('p', options), expected, shown)
        }
      }),
    )
    it(
      'refuses wrong options',
      withStorage(subject, async (storage) => {
        for (const options of [
          { limit: -1 },
          { limit: 1.5 },
          { limit: '3' },
          { offset: -1 },
          { order: 'up' },
          { limt: 1 },
          null,
        ]) {
          await assert.rejects(
            storage.listVersions('p', options as never),
            isMisuse,
            JSON.stringify(options),
          )
          await assert.rejects(
            storage.listVersionNames('p', options as never),
            isMisuse,
            JSON.stringify(options),
          )
        }
      }),
    )
  })
}

function promptIdBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('listing prompts', () => {
    it(
      'gives every prompt that has a version, sorted by code unit',
      withStorage(subject, async (storage) => {
        assert.deepEqual(await storage.listPromptIds(), [])
        for (const promptId of ['b', 'a10', 'B', 'a9', '翻译', 'é'])
          await storage.saveVersion(sampleVersion(promptId, '1.0.0'))
        await saveAll(storage, 'b', ['1.0.1', '1.0.2'])
        assert.deepEqual(await storage.listPromptIds(), ['B', 'a10', 'a9', 'b', 'é', '翻译'])
      }),
    )
    it(
      'leaves out a prompt whose last version was deleted',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        await storage.deleteVersion('p', '1.0.0')
        assert.deepEqual(await storage.listPromptIds(), ['p'])
        await storage.deleteVersion('p', '1.0.1')
        assert.deepEqual(await storage.listPromptIds(), [])
      }),
    )
  })
}

const PAGES: readonly (readonly [ListOptions, readonly string[]])[] = [
  [{}, ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4']],
  [{ limit: 0 }, []],
  [{ limit: 2 }, ['1.0.0', '1.0.1']],
  [{ limit: 100 }, ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4']],
  [{ offset: 3 }, ['1.0.3', '1.0.4']],
  [{ offset: 5 }, []],
  [{ offset: 50, order: 'descending' }, []],
  [{ limit: 2, offset: 1 }, ['1.0.1', '1.0.2']],
  [{ order: 'descending' }, ['1.0.4', '1.0.3', '1.0.2', '1.0.1', '1.0.0']],
  [{ order: 'descending', limit: 2 }, ['1.0.4', '1.0.3']],
  [{ order: 'descending', limit: 2, offset: 1 }, ['1.0.3', '1.0.2']],
  [{ order: 'descending', limit: 9, offset: 4 }, ['1.0.0']],
]

/** Whether an error is one of those that tell of misuse. */
export function isMisuse(error: unknown): true {
  assert.ok(
    isErrorNamed(error, 'TypeError', 'RangeError'),
    `expected a misuse error, got ${String(error)}`,
  )
  return true
}
