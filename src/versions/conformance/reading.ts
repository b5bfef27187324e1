import assert from 'node:assert/strict'
import {
  saveAll,
  sampleVersion,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
  namesOf,
} from './subject.js'
import { isErrorNamed } from '../../base/values.js'
import type { ListOptions } from '../version-storage.js'

/** The tests of getVersion, getLatestVersion and getLatestVersionName. */
export function readingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('reading', () => {
    it(
      'gives undefined for what is not there',
      withStorage(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        assert.equal(await storage.getVersion('p', '1.0.1'), undefined)
        assert.equal(await storage.getVersion('q', '1.0.0'), undefined)
      }),
    )
    it(
      'gives deeply frozen documents',
      withStorage(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        for (const document of [
          await storage.getVersion('p', '1.0.0'),
          await storage.getLatestVersion('p'),
          ...(await storage.listVersions('p')),
        ]) {
          assertDeepFrozen(document, 'document')
        }
      }),
    )
    if (subject.sharesObjects !== false)
      it(
        'gives the same object a second time',
        withStorage(subject, async (storage) => {
          await storage.saveVersion(sampleVersion('p', '1.0.0'))
          const first = await storage.getVersion('p', '1.0.0')
          assert.ok(first !== undefined)
          assert.equal(await storage.getVersion('p', '1.0.0'), first)
          assert.equal(await storage.getLatestVersion('p'), first)
        }),
      )
  })
  latestBehaviour(subject, { describe, it })
}

function latestBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('the latest version', () => {
    it(
      'is undefined for a prompt without versions',
      withStorage(subject, async (storage) => {
        assert.equal(await storage.getLatestVersion('p'), undefined)
        assert.equal(await storage.getLatestVersionName('p'), undefined)
      }),
    )
    it(
      'is the highest by number, not the last saved and not the last by spelling',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.9.0', '1.10.0', '1.2.0', '0.99.0'])
        assert.equal((await storage.getLatestVersion('p'))?.version, '1.10.0')
        assert.equal(await storage.getLatestVersionName('p'), '1.10.0')
      }),
    )
    it(
      'falls back to the next one when it is deleted',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1', '2.0.0'])
        await storage.deleteVersion('p', '2.0.0')
        assert.equal((await storage.getLatestVersion('p'))?.version, '1.0.1')
        await storage.deleteVersion('p', '1.0.0')
        await storage.deleteVersion('p', '1.0.1')
        assert.equal(await storage.getLatestVersion('p'), undefined)
        assert.equal(await storage.getLatestVersionName('p'), undefined)
      }),
    )
  })
}

/** Fails at the first object inside a value that is not frozen. */
export function assertDeepFrozen(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null) return
  assert.ok(Object.isFrozen(value), `${path} is not frozen`)
  for (const [key, child] of Object.entries(value)) assertDeepFrozen(child, `${path}.${key}`)
}

/** The tests of listVersions, listVersionNames and listPromptIds. */
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

/** Whether an error is one of misuse. */
export function isMisuse(error: unknown): true {
  assert.ok(
    isErrorNamed(error, 'TypeError', 'RangeError'),
    `expected a misuse error, got ${String(error)}`,
  )
  return true
}

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
        assert.deepEqual(await storage.listVersionNames('p'), ['1.0.1'])
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
        assert.deepEqual(await storage.listPromptIds(), [])
      }),
    )
    it(
      'removes everything, and the storage works on',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        await saveAll(storage, 'q', ['1.0.0'])
        await storage.clearAll()
        assert.deepEqual(await storage.listPromptIds(), [])
        assert.deepEqual(await storage.listVersions('p'), [])
        assert.equal(await storage.getVersion('p', '1.0.0'), undefined)
        assert.equal(await storage.getLatestVersion('q'), undefined)
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        assert.deepEqual(await storage.listVersionNames('p'), ['1.0.0'])
      }),
    )
  })
}
