import assert from 'node:assert/strict'
import type { VersionStore } from '../version-store.js'
import {
  sampleVersion,
  saveAll,
  namesOf,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import { isErrorNamed } from '../../base/values.js'
import { recordIdOf } from '../../document/prompt-id.js'
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
      }),
    )
    it(
      'is the highest by number, not the last saved and not the last by spelling',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.9.0', '1.10.0', '1.2.0', '0.99.0'])
        assert.equal((await storage.getLatestVersion('p'))?.version, '1.10.0')
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
      }),
    )
  })
  pagingBehaviour(subject, { describe, it })
  nameBehaviour(subject, { describe, it })
  promptIdBehaviour(subject, { describe, it })
}

function pagingBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('listing a part of the versions', () => {
    it(
      'gives the asked part, counted from the asked end',
      withStorage(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4'])
        for (const [options, expected] of PAGES) {
          const names = namesOf(await storage.listVersions('p', options))
          assert.deepEqual(names, expected, JSON.stringify(options))
        }
      }),
    )
    it(
      'refuses wrong options',
      withStorage(subject, async (storage) => {
        for (const options of WRONG_PAGES) {
          const listing = storage.listVersions('p', options as never)
          await assert.rejects(listing, isMisuse, JSON.stringify(options))
        }
      }),
    )
  })
}

function nameBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('the names of versions', () => {
    it(
      'are those of the documents, in pages and in order, without reading them',
      naming(subject, async (storage) => {
        assert.deepEqual(await storage.listVersionNames('p'), [])
        await saveAll(storage, 'p', ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4'])
        for (const [options, expected] of PAGES)
          assert.deepEqual(
            await storage.listVersionNames('p', options),
            expected,
            JSON.stringify(options),
          )
        for (const options of WRONG_PAGES)
          await assert.rejects(storage.listVersionNames('p', options as never), isMisuse)
        await storage.deleteVersion('p', '1.0.0')
        await saveAll(storage, 'p', ['1.10.0', '1.9.0'])
        const names = ['1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.9.0', '1.10.0']
        assert.deepEqual(await storage.listVersionNames('p'), names)
        await storage.clearAll()
        assert.deepEqual(await storage.listVersionNames('p'), [])
      }),
    )
    it(
      'have a latest one, the highest by number',
      naming(subject, async (storage) => {
        assert.equal(await storage.getLatestVersionName('p'), undefined)
        await saveAll(storage, 'p', ['1.9.0', '1.10.0', '1.2.0'])
        assert.equal(await storage.getLatestVersionName('p'), '1.10.0')
        for (const version of ['1.10.0', '1.9.0', '1.2.0'])
          await storage.deleteVersion('p', version)
        assert.equal(await storage.getLatestVersionName('p'), undefined)
      }),
    )
  })
}

function naming(
  subject: ConformanceSubject,
  body: (storage: VersionStore) => Promise<void>,
): TestBody {
  return withStorage(subject, body, ['names'])
}

function promptIdBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('listing prompts', () => {
    it(
      'gives every prompt that has a version, sorted by code unit',
      enumerating(subject, async (storage) => {
        assert.deepEqual(await storage.listPromptIds(), [])
        for (const promptId of ['b', 'a10', 'B', 'a9', '翻译', 'é'])
          await storage.saveVersion(sampleVersion(promptId, '1.0.0'))
        await saveAll(storage, 'b', ['1.0.1', '1.0.2'])
        assert.deepEqual(await storage.listPromptIds(), ['B', 'a10', 'a9', 'b', 'é', '翻译'])
      }),
    )
    it(
      'leaves out the records of Holdfast, unless they are asked for',
      enumerating(subject, async (storage) => {
        const record = recordIdOf('workflow', 'a')
        for (const promptId of ['a', record, 'z'])
          await storage.saveVersion(sampleVersion(promptId, '1.0.0'))
        assert.deepEqual(await storage.listPromptIds(), ['a', 'z'])
        assert.deepEqual(await storage.listPromptIds({ records: true }), ['a', record, 'z'])
      }),
    )
    it(
      'leaves out a prompt whose last version was deleted',
      enumerating(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        await storage.deleteVersion('p', '1.0.0')
        assert.deepEqual(await storage.listPromptIds(), ['p'])
        await storage.deleteVersion('p', '1.0.1')
        assert.deepEqual(await storage.listPromptIds(), [])
        await saveAll(storage, 'q', ['1.0.0'])
        await storage.clearAll()
        assert.deepEqual(await storage.listPromptIds(), [])
      }),
    )
  })
}

/** The body of a test with a storage that lists its prompts. */
export function enumerating(
  subject: ConformanceSubject,
  body: (storage: VersionStore) => Promise<void>,
): TestBody {
  return withStorage(subject, body, ['promptIds'])
}

const WRONG_PAGES: readonly unknown[] = [
  { limit: -1 },
  { limit: 1.5 },
  { limit: '3' },
  { offset: -1 },
  { order: 'up' },
  { limt: 1 },
  null,
]

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
