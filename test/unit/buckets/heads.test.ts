import { describe, expect, it } from 'vitest'
import { committed, preparedFor, type HeadState } from '../../../src/buckets/head-state.js'
import { TransactionRecords } from '../../../src/buckets/records.js'
import { labelled, s3Bucket } from './support.js'

const AT = '2025-01-17T10:30:00.000Z'

function labelledBy(id: string, state: HeadState, version = '1.0.0'): HeadState {
  const change = { head: labelled('a', version), moves: [] }
  return committed(state, { id, at: AT, change, deleted: new Map() })
}

/** Heads, and a transaction that is announced in that of `p`. */
async function announced(isShared: boolean, abandonedMs = 300) {
  const { heads, bucket, names } = await (await s3Bucket()).open({ abandonedMs })
  const records = new TransactionRecords(bucket, names)
  const before = await heads.read('p')
  const after = labelledBy('t', before.state)
  const next = preparedFor(before.state, { id: 't', isShared, saves: [], after })
  await heads.swap(before, next)
  return { heads, records }
}

describe('a head', () => {
  it('changes for the first of those who have read it', async () => {
    const { heads } = await (await s3Bucket()).open()
    const before = await heads.read('p')
    expect(before.object).toBeUndefined()
    const after = await heads.swap(before, labelledBy('t', before.state))
    expect(after?.state.head?.labels['a']?.version).toBe('1.0.0')
    expect(await heads.swap(before, labelledBy('u', before.state, '2.0.0'))).toBeUndefined()
    expect((await heads.read('p')).state).toEqual(after?.state)
  })

  it('is the same for as long as nothing changes', async () => {
    const { heads } = await (await s3Bucket()).open()
    const view = await heads.view('p')
    expect(await heads.isSame(view)).toBe(true)
    await heads.swap(view, labelledBy('t', view.state))
    expect(await heads.isSame(view)).toBe(false)
  })

  it('shows nothing of a transaction under way', async () => {
    const { heads } = await announced(false)
    expect((await heads.view('p')).seen.head).toBeUndefined()
  })

  it('shows a transaction of several prompts from its record on', async () => {
    const { heads, records } = await announced(true)
    const before = await heads.view('p')
    expect(before.seen.head).toBeUndefined()
    await records.decide('t', 'committed', ['p'])
    expect((await heads.view('p')).seen.head).toBeDefined()
    // Nothing has changed but the record.
    expect(await heads.isSame(before)).toBe(false)
  })
})

describe('a head that is to be changed', () => {
  it('is first brought to where a decided transaction leads', async () => {
    for (const outcome of ['committed', 'aborted'] as const) {
      const { heads, records } = await announced(true)
      await records.decide('t', outcome, ['p'])
      const { state } = await heads.settled('p')
      expect(state.prepared).toBeUndefined()
      expect(state.head !== undefined).toBe(outcome === 'committed')
      expect((await heads.read('p')).state).toEqual(state)
    }
  })

  it.each([false, true])('waits for one that is not, and undoes it at last', async (isShared) => {
    const { heads, records } = await announced(isShared)
    const began = Date.now()
    const { state } = await heads.settled('p')
    expect(Date.now() - began).toBeGreaterThanOrEqual(290)
    expect(state).toMatchObject({ prepared: undefined, head: undefined })
    if (isShared) expect((await records.read('t'))?.outcome).toBe('aborted')
  })

  it('is finished by whose transaction it is, and only once', async () => {
    const { heads, records } = await announced(true)
    await records.decide('t', 'committed', ['p'])
    await heads.finish('p', 'another')
    expect((await heads.read('p')).state.prepared).toBeDefined()
    await heads.finish('p', 't')
    const done = await heads.read('p')
    expect(done.state).toMatchObject({ prepared: undefined, recent: ['t'] })
    await heads.finish('p', 't')
    expect(await heads.read('p')).toEqual(done)
  })
})
