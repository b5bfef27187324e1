import assert from 'node:assert/strict'
import type { Capability } from '../supports.js'
import type { VersionStore } from '../version-store.js'
import type { VersionChange } from '../version-watch.js'
import {
  sampleVersion,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'

/** The tests of watch. */
export function watchingBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('watching', () => {
    it(
      'reports saves and deletes in their order, from the call on',
      watched(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('before', '1.0.0'))
        const changes = storage.watch()
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        await storage.saveVersion(sampleVersion('q', '1.0.0'))
        await storage.deleteVersion('p', '1.0.0')
        assert.deepEqual(await take(changes, 3), ['save p 1.0.0', 'save q 1.0.0', 'delete p 1.0.0'])
        await changes.return?.()
      }),
    )
    it(
      'reports nothing that did not happen',
      watched(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        const changes = storage.watch()
        await assert.rejects(storage.saveVersion(sampleVersion('p', '1.0.0')))
        assert.equal(await storage.deleteVersion('p', '2.0.0'), false)
        await storage.saveVersion(sampleVersion('p', '1.0.1'))
        assert.deepEqual(await take(changes, 1), ['save p 1.0.1'])
        await changes.return?.()
      }),
    )
    it(
      'tells a watcher of one prompt of that prompt, also when everything is cleared',
      watched(subject, async (storage) => {
        const changes = storage.watch({ promptId: 'p' })
        await storage.saveVersion(sampleVersion('q', '1.0.0'))
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        await storage.clearAll()
        const [saved, cleared] = await take(changes, 2)
        assert.equal(saved, 'save p 1.0.0')
        // A storage may say that everything has changed rather than name each version.
        assert.ok(cleared === 'delete p 1.0.0' || cleared === 'reset  ', cleared)
        await changes.return?.()
      }),
    )
    it(
      'wakes a watcher that waits, with the time of the change',
      watched(subject, async (storage) => {
        const changes = storage.watch()
        const next = changes.next()
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        const { value } = await next
        assert.match(value?.at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        await changes.return?.()
      }),
    )
  })
  endingBehaviour(subject, { describe, it })
}

function endingBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('the end of watching', () => {
    it(
      'comes with the signal, also for one that waits or starts after it',
      watched(subject, async (storage) => {
        const controller = new AbortController()
        const changes = storage.watch({ signal: controller.signal })
        const next = changes.next()
        controller.abort()
        assert.deepEqual(await next, { done: true, value: undefined })
        const late = storage.watch({ signal: controller.signal })
        await storage.saveVersion(sampleVersion('p', '1.0.0'))
        assert.equal((await late.next()).done, true)
      }),
    )
    it(
      'comes when the storage is closed, after what is still to be told',
      watched(
        subject,
        async (storage) => {
          const changes = storage.watch()
          await storage.saveVersion(sampleVersion('p', '1.0.0'))
          await storage.close()
          const seen: VersionChange[] = []
          for await (const change of changes) seen.push(change)
          assert.deepEqual(seen.map(label), ['save p 1.0.0'])
        },
        ['close'],
      ),
    )
    it(
      'wrong options are refused',
      watched(subject, async (storage) => {
        for (const options of [{ promptId: '' }, { signal: {} }, { prompt: 'p' }])
          assert.throws(() => storage.watch(options as never), TypeError)
      }),
    )
  })
}

/** The body of a test with a storage that can be watched, and what else it needs. */
function watched(
  subject: ConformanceSubject,
  body: (storage: VersionStore) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  return withStorage(subject, body, ['watch', ...needs])
}

async function take(
  changes: AsyncIterator<VersionChange, undefined>,
  count: number,
): Promise<string[]> {
  const labels: string[] = []
  while (labels.length < count) {
    const { done, value } = await changes.next()
    if (done === true) break
    labels.push(label(value))
  }
  return labels
}

function label({ kind, prompt_id: promptId, version }: VersionChange): string {
  return `${kind} ${promptId} ${version}`
}
