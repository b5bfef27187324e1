import assert from 'node:assert/strict'
import type { FileBackend, StoredFile, WriteCondition } from '../backend.js'
import {
  afterRace,
  codeOf,
  putBytes,
  racingCodeOf,
  textOf,
  withBackend,
  type ConformanceRunner,
  type FileBackendSubject,
} from './subject.js'

const CONFLICT = 'FS-CONFLICT-001'
const NO_ERROR = 'no error'

export function backendConditions(subject: FileBackendSubject, runner: ConformanceRunner): void {
  conditions(subject, runner)
  racing(subject, runner)
}

function conditions(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'stores where the key is to be absent only if it is',
    withBackend(subject, async (backend) => {
      await putBytes(backend, 'k', 'first', { ifAbsent: true })
      assert.equal(await codeOf(putBytes(backend, 'k', 'second', { ifAbsent: true })), CONFLICT)
      assert.equal(await textOf(backend, 'k'), 'first')
      await backend.delete('k')
      await putBytes(backend, 'k', 'third', { ifAbsent: true })
      assert.equal(await textOf(backend, 'k'), 'third')
    }),
  )

  it(
    'stores and deletes where the etag is to match only if it does',
    withBackend(subject, async (backend) => {
      const first = await putBytes(backend, 'k', 'first')
      const second = await putBytes(backend, 'k', 'second', { ifMatch: first.etag })
      const stale = { ifMatch: first.etag }
      assert.equal(await codeOf(putBytes(backend, 'k', 'third', stale)), CONFLICT)
      assert.equal(await codeOf(backend.delete('k', stale)), CONFLICT)
      assert.equal(await textOf(backend, 'k'), 'second')
      assert.equal(await backend.delete('k', { ifMatch: second.etag }), true)
      const gone = { ifMatch: second.etag }
      assert.equal(await codeOf(putBytes(backend, 'k', 'fourth', gone)), CONFLICT)
      assert.equal(await backend.head('k'), undefined)
    }),
  )

  it(
    'takes a file for absent that is past its time, as its caller says',
    withBackend(subject, async (backend) => {
      const { etag } = await putBytes(backend, 'k', 'first')
      const asked: string[] = []
      const expired = (answer: boolean) => ({
        isExpired: async (file: StoredFile) => (asked.push(file.etag), answer),
      })
      const living = { ifAbsent: true, ...expired(false) }
      assert.equal(await codeOf(putBytes(backend, 'k', 'second', living)), CONFLICT)
      const matching = { ifMatch: etag, ...expired(true) }
      assert.equal(await codeOf(putBytes(backend, 'k', 'second', matching)), CONFLICT)
      assert.equal(await textOf(backend, 'k'), 'first')
      await putBytes(backend, 'k', 'second', { ifAbsent: true, ...expired(true) })
      assert.equal(await textOf(backend, 'k'), 'second')
      assert.deepEqual(new Set(asked), new Set([etag]))
    }),
  )
}

function racing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'has one winner of many that create the same key, and of many that replace the same store',
    withBackend(subject, async (backend) => {
      const created = await race(subject, backend, { ifAbsent: true }, (at) => `creator ${at}`)
      assert.equal(created.length, 1)
      assert.equal(await textOf(backend, 'k'), created[0])
      const ifMatch = (await backend.head('k'))?.etag ?? ''
      const replaced = await race(subject, backend, { ifMatch }, (at) => `replacer ${at}`)
      assert.equal(replaced.length, 1)
      assert.equal(await textOf(backend, 'k'), replaced[0])
    }),
  )

  it(
    subject.noticesSameBytes === false
      ? 'keeps what all of many have stored that replace a store by the same bytes'
      : 'has one winner of many that replace the same store by the same bytes',
    withBackend(subject, async (backend) => {
      for (const ifAbsent of [true, false, false]) {
        const ifMatch = (await backend.head('k'))?.etag ?? ''
        const condition = ifAbsent ? { ifAbsent } : { ifMatch }
        const winners = await race(subject, backend, condition, () => 'the same')
        if (ifAbsent || subject.noticesSameBytes !== false) assert.equal(winners.length, 1)
        else assert.ok(winners.length > 0)
        assert.equal(await textOf(backend, 'k'), 'the same')
      }
    }),
  )

  it(
    'takes unconditional stores and deletes of one key in any number at once',
    withBackend(subject, async (backend) => {
      await Promise.all(
        Array.from({ length: 12 }, async (_, at) => {
          const put = putBytes(backend, 'k', `writer ${at}`)
          assert.equal(await racingCodeOf(subject, NO_ERROR, put), NO_ERROR)
          if (at % 4 === 3)
            assert.equal(await racingCodeOf(subject, NO_ERROR, backend.delete('k')), NO_ERROR)
        }),
      )
      await afterRace(subject, backend)
      await putBytes(backend, 'k', 'last')
      assert.equal(await textOf(backend, 'k'), 'last')
    }),
  )
}

/** What the successful writers have stored. */
async function race(
  subject: FileBackendSubject,
  backend: FileBackend,
  condition: WriteCondition,
  contentOf: (at: number) => string,
): Promise<string[]> {
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const put = putBytes(backend, 'k', contentOf(at), condition)
      const code = await racingCodeOf(subject, CONFLICT, put)
      return code === NO_ERROR ? [contentOf(at)] : (assert.equal(code, CONFLICT), [])
    }),
  )
  await afterRace(subject, backend)
  return outcomes.flat()
}
