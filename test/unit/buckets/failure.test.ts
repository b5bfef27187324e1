import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../src/base/errors.js'
import {
  failedChange,
  nothingDone,
  outcomeForgotten,
  tooBusy,
  withNothingDone,
} from '../../../src/buckets/failure.js'

const unavailable = new StorageError('FS-UNAVAILABLE-001', 'gone', { context: { key: 'k' } })
const timedOut = new StorageError('FS-TIMEOUT-001', 'late', { context: { outcome: 'unknown' } })

describe('the failure of a change in a bucket', () => {
  it('before it was decided means that nothing was done', () => {
    for (const error of [unavailable, timedOut])
      expect(withNothingDone(error)).toMatchObject({
        code: 'FS-UNAVAILABLE-001',
        context: { outcome: 'none' },
        cause: error,
      })
  })

  it('of work before it was decided means the same', async () => {
    expect(await nothingDone(async () => await Promise.resolve(1))).toBe(1)
    const failing = nothingDone(async () => await Promise.reject(timedOut))
    await expect(failing).rejects.toMatchObject({ context: { outcome: 'none' } })
  })

  it('of the request that decides is unknown, unless it was never sent', () => {
    expect(failedChange(unavailable, false)).toMatchObject({ context: { outcome: 'none' } })
    for (const error of [failedChange(unavailable, true), failedChange(timedOut, false)])
      expect(error).toMatchObject({ code: 'FS-TIMEOUT-001', context: { outcome: 'unknown' } })
  })

  it('of another kind stays what it is', () => {
    const other = new StorageError('FS-PERM-001', 'denied')
    expect(withNothingDone(other)).toBe(other)
    expect(failedChange(other, true)).toBe(other)
  })

  it('says that others were first, or that too much has happened since', () => {
    expect(tooBusy('Prompt p', 10)).toMatchObject({
      code: 'FS-LOCK-001',
      context: { reason: 'contention', outcome: 'none' },
    })
    expect(outcomeForgotten('p')).toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { prompt_id: 'p', outcome: 'unknown' },
    })
  })
})
