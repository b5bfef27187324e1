import assert from 'node:assert/strict'
import {
  codeOf,
  putBytes,
  textOf,
  withBackend,
  type ConformanceRunner,
  type FileBackendSubject,
} from './subject.js'

const CONFLICT = 'FS-CONFLICT-001'

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
}

function racing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'has one winner of many that create the same key, and of many that replace the same store',
    withBackend(subject, async (backend) => {
      const race = async (condition: {
        ifAbsent?: boolean
        ifMatch?: string
      }): Promise<string[]> => {
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, async (_, at) => {
            const code = await codeOf(putBytes(backend, 'k', `writer ${at}`, condition))
            return code === 'no error' ? [`writer ${at}`] : (assert.equal(code, CONFLICT), [])
          }),
        )
        return outcomes.flat()
      }
      const created = await race({ ifAbsent: true })
      assert.equal(created.length, 1)
      assert.equal(await textOf(backend, 'k'), created[0])
      const etag = (await backend.head('k'))?.etag ?? ''
      const replaced = await race({ ifMatch: etag })
      assert.equal(replaced.length, 1)
      assert.equal(await textOf(backend, 'k'), replaced[0])
    }),
  )

  it(
    'takes unconditional stores and deletes of one key in any number at once',
    withBackend(subject, async (backend) => {
      await Promise.all(
        Array.from({ length: 12 }, async (_, at) => {
          await putBytes(backend, 'k', `writer ${at}`)
          if (at % 4 === 3) await backend.delete('k')
        }),
      )
      await putBytes(backend, 'k', 'last')
      assert.equal(await textOf(backend, 'k'), 'last')
    }),
  )
}
