import assert from 'node:assert/strict'
import type { Capability } from '../supports.js'
import type { VersionStore } from '../version-store.js'
import { isErrorNamed } from '../../base/values.js'
import { NO_HEAD } from '../prompt-heads.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import {
  saveAll,
  versionsIn,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import { change, failsWith, headOf } from './transacting.js'

/** The tests of versions, promptIds and deleteVersions. */
export function iterationBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('iteration', () => {
    it(
      'goes through the documents of a prompt, in a range and both orders',
      iterating(subject, async (storage) => {
        await saveAll(storage, 'p', ['1.10.0', '1.9.0', '2.0.0'])
        const all: PromptVersion[] = []
        for await (const document of storage.versions({ promptId: 'p' })) all.push(document)
        assert.deepEqual(all, await storage.listVersions('p'))
        const found: string[] = []
        const options = { promptId: 'p', range: '^1', order: 'desc' } as const
        for await (const { version } of storage.versions(options)) found.push(version)
        assert.deepEqual(found, ['1.10.0', '1.9.0'])
        const none = storage.versions({ promptId: 'none' })
        assert.equal((await none.next()).done, true)
      }),
    )
    it(
      'has the versions of its first step, without those deleted before their turn',
      iterating(subject, async (storage) => {
        const versions = Array.from({ length: 100 }, (_, at) => `1.0.${at}`)
        await saveAll(storage, 'p', versions)
        const found: string[] = []
        for await (const { version } of storage.versions({ promptId: 'p' })) {
          found.push(version)
          if (version !== '1.0.0') continue
          await storage.deleteVersion('p', '1.0.99')
          await saveAll(storage, 'p', ['1.1.0'])
        }
        assert.deepEqual(found, versions.slice(0, -1))
      }),
    )
    it(
      'goes through the ids, from any of them on',
      iterating(subject, async (storage) => {
        for (const id of ['a', 'b/1', 'b/2', 'b/3']) await saveAll(storage, id, ['1.0.0'])
        const found: string[] = []
        const options = { prefix: 'b/', after: 'b/1', limit: 5 }
        for await (const id of storage.promptIds(options)) found.push(id)
        assert.deepEqual(found, ['b/2', 'b/3'])
      }),
    )
    iterationMisuseBehaviour(subject, it)
    removalBehaviour(subject, it)
  })
}

function iterationMisuseBehaviour(subject: ConformanceSubject, it: ConformanceRunner['it']): void {
  it(
    'refuses wrong options at once, and steps after the storage was closed',
    iterating(
      subject,
      async (storage) => {
        assert.throws(() => storage.versions({ promptId: '' }), isTypeError)
        assert.throws(() => storage.promptIds({ after: '' }), isTypeError)
        await saveAll(storage, 'p', ['1.0.0'])
        const open = storage.promptIds()
        await storage.close()
        await assert.rejects(open.next(), failsWith('FS-CLOSED-001', {}))
      },
      ['close'],
    ),
  )
}

function removalBehaviour(subject: ConformanceSubject, it: ConformanceRunner['it']): void {
  it(
    'deletes several versions at once, and says which there were',
    removing(subject, async (storage) => {
      await saveAll(storage, 'p', ['1.0.0', '1.0.1', '1.0.2'])
      const deleted = await storage.deleteVersions('p', ['1.0.2', '9.0.0', '1.0.0', '1.0.2'])
      assert.deepEqual(deleted, ['1.0.0', '1.0.2'])
      assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.1'])
      assert.deepEqual(await storage.deleteVersions('none', ['1.0.0']), [])
      await assert.rejects(storage.deleteVersions('p', []), /"versions" must hold 1 to 1000/)
      await assert.rejects(storage.deleteVersions('p', ['x']), isTypeError)
    }),
  )
  it(
    'takes the tags and the deprecation of a version with it, whose number may be saved again',
    removing(
      subject,
      async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1', '1.0.2'])
        const note = { at: '2025-01-17T10:30:00.000Z', by: null, reason: null }
        const head = {
          ...NO_HEAD,
          tags: { '1.0.0': ['a'], '1.0.1': ['b'] },
          deprecated: { '1.0.0': note, '1.0.2': note },
        }
        await storage.transact(['p'], () => change({ promptId: 'p', head }))
        await storage.deleteVersions('p', ['1.0.0'])
        await storage.deleteVersion('p', '1.0.1')
        const { tags, deprecated } = (await storage.readHead('p')) ?? NO_HEAD
        assert.deepEqual([tags, deprecated], [{}, { '1.0.2': note }])
      },
      ['labels'],
    ),
  )
  it(
    'deletes none of several versions if one has a label',
    removing(
      subject,
      async (storage) => {
        await saveAll(storage, 'p', ['1.0.0', '1.0.1'])
        const head = headOf('production', '1.0.1')
        await storage.transact(['p'], () => change({ promptId: 'p', head }))
        await assert.rejects(
          storage.deleteVersions('p', ['1.0.0', '1.0.1']),
          failsWith('OPT-LABEL-001', { version: '1.0.1', labels: ['production'] }),
        )
        assert.deepEqual(await versionsIn(storage, 'p'), ['1.0.0', '1.0.1'])
      },
      ['labels'],
    ),
  )
}

/** The body of a test with a storage that can be gone through, and what else it needs. */
function iterating(
  subject: ConformanceSubject,
  body: (storage: VersionStore) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  return withStorage(subject, body, ['iteration', ...needs])
}

function removing(
  subject: ConformanceSubject,
  body: (storage: VersionStore) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  return withStorage(subject, body, ['removal', ...needs])
}

function isTypeError(error: unknown): boolean {
  return isErrorNamed(error, 'TypeError')
}
