import assert from 'node:assert/strict'
import {
  putBytes,
  textOf,
  withBackend,
  type ConformanceRunner,
  type FileBackendSubject,
} from './subject.js'

/** The rules for calls that the disk or the service refuses temporarily. */
export function backendRetrying(
  subject: FileBackendSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('trouble of a moment', () => {
    it(
      'is survived by reads',
      withBackend(subject, async (backend, place) => {
        await putBytes(backend, 'k', 'content')
        place.failNext?.('read', 2)
        assert.equal(await textOf(backend, 'k'), 'content')
        place.failNext?.('read', 2)
        assert.equal((await backend.head('k'))?.key, 'k')
        place.failNext?.('read', 2)
        const { files } = await backend.list({ prefix: '', limit: 10 })
        assert.deepEqual(
          files.map(({ key }) => key),
          ['k'],
        )
      }),
    )
    it(
      'is survived by changes, which take effect once and in their order',
      withBackend(subject, async (backend, place) => {
        const { etag } = await putBytes(backend, 'k', 'zero')
        place.failNext?.('change', 2)
        await putBytes(backend, 'k', 'one', { ifMatch: etag })
        place.failNext?.('change', 1)
        await Promise.all([putBytes(backend, 'k', 'two'), putBytes(backend, 'k', 'three')])
        assert.equal(await textOf(backend, 'k'), 'three')
        place.failNext?.('change', 2)
        assert.equal(await backend.delete('k'), true)
        assert.equal(await backend.head('k'), undefined)
      }),
    )
  })
}
