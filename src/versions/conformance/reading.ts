import assert from 'node:assert/strict'
import {
  saveAll,
  sampleVersion,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'

/** What getVersion, getLatestVersion and getLatestVersionName do. */
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

/** Fails at the first object inside a value that can be changed. */
export function assertDeepFrozen(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null) return
  assert.ok(Object.isFrozen(value), `${path} is not frozen`)
  for (const [key, child] of Object.entries(value)) assertDeepFrozen(child, `${path}.${key}`)
}
