import assert from 'node:assert/strict'
import {
  codeOf,
  documentOf,
  putBytes,
  textOf,
  withBackend,
  type ConformanceRunner,
  type FileBackendSubject,
} from './subject.js'

const AT_ONCE = 64
const CLOSED = 'FS-CLOSED-001'

/** The rules for many calls at once, with `close` among them. */
export function backendClosing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'makes any number of changes of one key at once, in the order of the calls',
    withBackend(subject, async (backend) => {
      const changes = Array.from({ length: AT_ONCE }, async (_, at) =>
        at % 8 === 5 ? await backend.delete('k') : await putBytes(backend, 'k', `value ${at}`),
      )
      const results = await Promise.all(changes)
      assert.equal(results.filter((result) => result === false).length, 0)
      assert.equal(await textOf(backend, 'k'), `value ${AT_ONCE - 1}`)
    }),
  )

  it(
    'tells the description which file is replaced, and how many bytes are stored',
    withBackend(subject, async (backend) => {
      const told: unknown[] = []
      for (const text of ['first', 'second one']) {
        const bytes = Buffer.from(text)
        await backend.put('k', bytes, (before, storedBytes) => {
          told.push([before?.document.bytes, storedBytes])
          return documentOf('k', bytes)
        })
      }
      assert.deepEqual(told, [
        [undefined, 5],
        [5, 10],
      ])
    }),
  )

  it(
    'completes the calls that were made before close, and refuses those after it',
    withBackend(subject, async (backend, place) => {
      await putBytes(backend, 'old', 'content')
      const calls = [
        putBytes(backend, 'new', 'content'),
        textOf(backend, 'old'),
        backend.head('old'),
        backend.list({ prefix: '', limit: 10 }),
      ] as const
      const closing = backend.close()
      const late = [
        codeOf(putBytes(backend, 'late', 'x')),
        codeOf(backend.get('old')),
        codeOf(backend.head('old')),
        codeOf(backend.delete('old')),
        codeOf(backend.list({ prefix: '', limit: 10 })),
      ]
      assert.deepEqual(await Promise.all(late), [CLOSED, CLOSED, CLOSED, CLOSED, CLOSED])
      const [stored, text, head] = await Promise.all(calls)
      assert.deepEqual([stored.key, text, head?.key], ['new', 'content', 'old'])
      await closing
      await backend.close()
      if (!subject.persistent) return
      const again = await place.open()
      assert.equal(await textOf(again, 'new'), 'content')
      assert.equal(await again.head('late'), undefined)
      await again.close()
    }),
  )
}

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
