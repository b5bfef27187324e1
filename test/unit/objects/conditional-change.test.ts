import { describe, expect, it } from 'vitest'
import { ConditionalChange, type AttemptMarks } from '../../../src/objects/conditional-change.js'
import type { ObjectWrite, Precondition } from '../../../src/objects/service.js'
import { spoolBytes } from '../../../src/objects/spool.js'
import type { Fault, StandIn } from '../files/bucket/standins/http.mjs'
import { quickPolicy, serveGcs, serveS3, signal, writeText, type Served } from './services.js'

const MARKS: AttemptMarks = {
  attemptOf: (metadata) => metadata['attempt'],
  deleted: (attempt) => ({ attempt, state: 'deleted' }),
}

function writeOf(attempt: string, precondition: Precondition = 'absent'): ObjectWrite {
  const body = spoolBytes(Buffer.from(attempt))
  return { name: 'k', body, metadata: { attempt }, precondition }
}

const changeOf = ({ service }: Served): ConditionalChange =>
  new ConditionalChange(service, quickPolicy(), MARKS)

/** The next changes of the object fail in these ways, one after another. */
function failChanges({ setFaults }: StandIn, ...faults: readonly (Fault | undefined)[]): void {
  const left = [...faults]
  setFaults(({ method }) => (['PUT', 'POST', 'DELETE'].includes(method) ? left.shift() : undefined))
}

describe.each<[string, () => Promise<Served>]>([
  ['S3', serveS3],
  ['Google Cloud Storage', serveGcs],
])('a conditional change on %s', (_, serve) => {
  it('is made once, though its answer was lost', async () => {
    const served = await serve()
    await served.service.prepare()
    const begin = served.standIn.requests.length
    failChanges(served.standIn, 'lost')
    const written = await changeOf(served).write(writeOf('one'), 'one', 0)
    expect((await served.service.head('k', signal()))?.version).toBe(written.version)
    const changes = served.standIn.requests.slice(begin).filter((made) => /^(PUT|POST)/.test(made))
    expect(changes).toHaveLength(1)
  })

  it('is made after a request that did not arrive', async () => {
    const served = await serve()
    await served.service.prepare()
    failChanges(served.standIn, 'reset', { status: 503 })
    await changeOf(served).write(writeOf('one'), 'one', 0)
    expect((await served.service.head('k', signal()))?.metadata).toMatchObject({ attempt: 'one' })
  })

  it('is a conflict when another one was there, and unknown when that may be a later one', async () => {
    const served = await serve()
    await writeText(served.service, 'k', 'others', 'absent', { attempt: 'others' })
    const change = changeOf(served)
    await expect(change.write(writeOf('one'), 'one', 0)).rejects.toMatchObject({ kind: 'conflict' })
    failChanges(served.standIn, 'reset')
    await expect(change.write(writeOf('one'), 'one', 0)).rejects.toMatchObject({
      kind: 'unknown',
      isTransient: false,
    })
    expect((await served.service.head('k', signal()))?.metadata['attempt']).toBe('others')
  })

  it('is unknown, not refused, when only its later attempts were refused for certain', async () => {
    const served = await serve()
    await served.service.prepare()
    const refused = { status: 429 }
    failChanges(served.standIn, refused, refused, refused)
    const change = changeOf(served)
    await expect(change.write(writeOf('one'), 'one', 0)).rejects.toMatchObject({ kind: 'refused' })
    failChanges(served.standIn, 'reset', refused, refused)
    await expect(change.write(writeOf('one'), 'one', 0)).rejects.toMatchObject({ kind: 'unknown' })
    expect(await served.service.head('k', signal())).toBeUndefined()
  })

  it('that removes is done though its answer was lost, and never hits a newer object', async () => {
    const served = await serve()
    await served.service.prepare()
    const change = changeOf(served)
    const first = await change.write(writeOf('one'), 'one', 0)
    failChanges(served.standIn, 'lost')
    expect(await change.remove(first, true)).toBe(true)
    expect(await served.service.head('k', signal())).toBeUndefined()
    const second = await change.write(writeOf('two'), 'two', 0)
    await change.write(writeOf('three', second), 'three', 0)
    await expect(change.remove(second, false)).rejects.toMatchObject({ kind: 'conflict' })
    expect((await served.service.head('k', signal()))?.metadata['attempt']).toBe('three')
  })
})

describe('where a service removes nothing on condition', () => {
  const serve = async (): Promise<Served> => await serveS3({}, { dialect: { deletes: false } })

  it('an exact removal leaves a marker, on condition', async () => {
    const served = await serve()
    const change = changeOf(served)
    const first = await change.write(writeOf('one'), 'one', 0)
    const second = await change.write(writeOf('two', first), 'two', 0)
    await expect(change.remove(first, true)).rejects.toMatchObject({ kind: 'conflict' })
    expect(await change.remove(second, true)).toBe(true)
    expect(await served.service.head('k', signal())).toMatchObject({
      bytes: 0,
      metadata: { state: 'deleted' },
    })
  })

  it('any other removal removes the object itself', async () => {
    const served = await serve()
    const change = changeOf(served)
    const first = await change.write(writeOf('one'), 'one', 0)
    expect(await change.remove(first, false)).toBe(true)
    expect(await served.service.head('k', signal())).toBeUndefined()
  })
})
