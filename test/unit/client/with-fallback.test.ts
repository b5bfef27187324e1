import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../src/base/errors.js'
import { withFallback } from '../../../src/client/with-fallback.js'

describe('a read with a fallback', () => {
  it('returns what was read, and says that it is not the fallback', async () => {
    const read = async () => await Promise.resolve('read')
    expect(await withFallback(read, 'other')).toEqual({ value: 'read', isFallback: false })
  })

  it('returns the fallback for a server that is away, with the reason, and reports it', async () => {
    const away = new StorageError('FS-UNAVAILABLE-001', 'away')
    const seen: unknown[] = []
    const result = await withFallback(async () => await Promise.reject(away), 'other', {
      onFallback: (error) => void seen.push(error),
    })
    expect(result).toEqual({ value: 'other', isFallback: true, error: away })
    expect(seen).toEqual([away])
  })

  it('returns the fallback when the answer takes too long', async () => {
    const never = async () => await new Promise<string>(() => undefined)
    const result = await withFallback(never, 'other', { timeoutMs: 20 })
    expect(result).toMatchObject({ isFallback: true, error: { code: 'FS-TIMEOUT-001' } })
  })

  it('hides no other failure', async () => {
    const damaged = new StorageError('FS-LOAD-001', 'damaged')
    await expect(withFallback(async () => await Promise.reject(damaged), 'other')).rejects.toBe(
      damaged,
    )
  })
})
