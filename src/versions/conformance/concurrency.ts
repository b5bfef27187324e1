import assert from 'node:assert/strict'
import { compareVersions } from '../../document/version-number.js'
import { isConflict } from './saving.js'
import {
  sampleVersion,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'

/** What happens when many callers act at once. */
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
      'of five writers of one version exactly one succeeds and four are told of a conflict',
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
