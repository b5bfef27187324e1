import assert from 'node:assert/strict'
import { isMisuse } from './listing.js'
import { isConflict } from './saving.js'
import {
  sampleVersion,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'

/** What saveVersions does. */
export function batchBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('saving several versions as one', () => {
    it(
      'stores all of them, of several prompts',
      withStorage(subject, async (storage) => {
        const versions = [
          sampleVersion('p', '1.0.0'),
          sampleVersion('q', '1.0.0'),
          sampleVersion('p', '1.0.1'),
        ]
        await storage.saveVersions(versions)
        for (const version of versions)
          assert.deepEqual(await storage.getVersion(version.prompt_id, version.version), version)
        assert.deepEqual(await storage.listVersionNames('p'), ['1.0.0', '1.0.1'])
      }),
    )
    it(
      'takes an empty batch for what it is',
      withStorage(subject, async (storage) => {
        await storage.saveVersions([])
        assert.deepEqual(await storage.listPromptIds(), [])
      }),
    )
    it(
      'stores none of them when one exists already',
      withStorage(subject, async (storage) => {
        const first = sampleVersion('p', '1.0.1', { metadata: { first: true } })
        await storage.saveVersion(first)
        const batch = ['1.0.0', '1.0.1', '1.0.2'].map((version) => sampleVersion('p', version))
        await assert.rejects(storage.saveVersions(batch), isConflict('p', '1.0.1'))
        assert.deepEqual(await storage.listVersions('p'), [first])
      }),
    )
    it(
      'stores none of them when the batch has one twice, or one that does not fit',
      withStorage(subject, async (storage) => {
        const twins = [
          sampleVersion('p', '1.0.0'),
          sampleVersion('q', '1.0.0'),
          sampleVersion('p', '1.0.0'),
        ]
        await assert.rejects(storage.saveVersions(twins), isConflict('p', '1.0.0'))
        const misfit = [sampleVersion('p', '1.0.0'), sampleVersion('q', 'one')]
        await assert.rejects(storage.saveVersions(misfit), isMisuse)
        await assert.rejects(storage.saveVersions('no list' as never), isMisuse)
        assert.deepEqual(await storage.listPromptIds(), [])
      }),
    )
  })
  sameContentBehaviour(subject, { describe, it })
}

function sameContentBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('saving several versions some of which exist', () => {
    it(
      'stores what is missing where the same content is accepted, and none of them when one differs',
      withStorage(subject, async (storage) => {
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
        assert.deepEqual(await storage.listVersionNames('p'), ['1.0.0', '1.0.1', '1.0.2'])
      }),
    )
  })
}
