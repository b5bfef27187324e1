import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import type { SuiteCase } from './subject.js'

/** What several storages and readers see, what is counted, and the end. */
export function openingBehaviour(suite: SuiteCase): void {
  if (suite.subject.persistent) reopening(suite)
  if (suite.subject.shared) sharing(suite)
  counting(suite)
}

function reopening({ makePlace }: SuiteCase): void {
  it('holds what was stored when it is opened again, and is closed for good', async () => {
    const place = await makePlace()
    const first = await place.open()
    await first.store('a', { deep: [1] }, { m: 'n' })
    await first.store('gone', 'x')
    await first.delete('gone')
    await first.close()
    await first.close()
    const closed = { code: 'FS-CLOSED-001' }
    await expect(first.retrieve('a')).rejects.toMatchObject(closed)
    await expect(first.store('a', 'x')).rejects.toMatchObject(closed)
    await expect(first.listKeys()).rejects.toMatchObject(closed)
    const again = await place.open()
    expect(await again.retrieve('a')).toEqual({ deep: [1] })
    expect((await again.stat('a'))?.metadata).toEqual({ m: 'n' })
    expect(await again.listKeys()).toEqual(['a'])
  })
}

function sharing({ makePlace }: SuiteCase): void {
  it('never gives what another storage at the same place has replaced or deleted', async () => {
    const place = await makePlace()
    const [one, two] = [await place.open(), await place.open()]
    for (let at = 0; at < 8; at++) {
      await one.store('a', at)
      expect(await two.retrieve('a')).toBe(at)
      expect(await one.retrieve('a')).toBe(at)
      expect(await two.retrieve('a')).toBe(at)
    }
    await one.delete('a')
    expect(await two.retrieve('a')).toBeUndefined()
    await one.store('a', 'again')
    await one.move('a', 'b')
    expect(await two.retrieve('a')).toBeUndefined()
    expect(await two.retrieve('b')).toBe('again')
  })
}

function counting({ open, settings }: SuiteCase): void {
  it('gives each caller bytes of its own, and JSON that no caller can change', async () => {
    const storage = await open()
    await storage.store('a', Uint8Array.of(1, 2, 3))
    await storage.store('b', { deep: [1] })
    for (let at = 0; at < 2; at++) {
      const bytes = (await storage.retrieve('a')) as Uint8Array
      expect(bytes).toEqual(Uint8Array.of(1, 2, 3))
      bytes[0] = 9
      const value = (await storage.retrieve('b')) as { deep: number[] }
      expect(() => value.deep.push(2)).toThrow(TypeError)
      expect(value).toEqual({ deep: [1] })
    }
  })

  it('verifies everything it has, and counts it', async () => {
    const storage = await open()
    await storage.store('a', 'x'.repeat(10_000))
    await storage.store('b', randomBytes(2_000_000))
    expect(await storage.verify()).toMatchObject({ checked: 2, problems: [] })
    expect(await storage.verify({ prefix: 'b' })).toMatchObject({ checked: 1, problems: [] })
    const late = storage.store('a', 'y', {}, { ifAbsent: true })
    await expect(late).rejects.toMatchObject({ code: 'FS-CONFLICT-001' })
    await storage.retrieve('a')
    await storage.retrieve('a')
    const { metrics, cache_size: cached, ...stats } = await storage.getStats()
    const withCache = settings.enable_cache !== false
    expect(stats).toMatchObject({ initialized: true, pending_uploads: 0, pending_deletes: 0 })
    expect(metrics).toMatchObject({
      total_operations: 7,
      failed_operations: 1,
      cache_hits: withCache ? 1 : 0,
      total_data_size: 2_010_000,
      operations: { store: { success: 2, failure: 1 }, retrieve: { success: 2, failure: 0 } },
    })
    expect(cached).toBe(withCache ? 1 : 0)
    if (settings.enable_compression !== false)
      expect(metrics.compression_savings).toBeGreaterThan(8000)
    expect(await storage.getHealthStatus()).toMatchObject({ status: 'healthy', initialized: true })
    expect(await storage.getStorageUsage()).toMatchObject({ file_count: 2, total_size_mb: 1.92 })
  })
}
