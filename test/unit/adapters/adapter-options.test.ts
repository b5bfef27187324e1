import { describe, expect, it } from 'vitest'
import {
  resolveAdapterOptions,
  type AdapterOptions,
} from '../../../src/adapters/adapter-options.js'
import { KeyvHoldfast } from '../../../src/adapters/keyv.js'
import { holdfastDriver } from '../../../src/adapters/unstorage.js'
import { openFiles } from '../files/support.js'

const wrong = (given: unknown): AdapterOptions => given as AdapterOptions

describe('the options of an adapter', () => {
  it('are refused where they are unknown, with the nearest that is known', () => {
    expect(() => new KeyvHoldfast(wrong({ local_storage_pat: 'x' }))).toThrow(
      'Unknown option "local_storage_pat" of KeyvHoldfast; did you mean "local_storage_path"?',
    )
    expect(() => holdfastDriver(wrong({ bse: 'x' }))).toThrow(
      'Unknown option "bse" of holdfastDriver; did you mean "base"?',
    )
    for (const given of [null, 'data', []])
      expect(() => holdfastDriver(wrong(given))).toThrow(/Options of holdfastDriver must be/)
  })

  it('are refused where their values are wrong, before a directory is made', () => {
    expect(() => holdfastDriver(wrong({ quota_bytes: 'all' }))).toThrow(
      /"quota_bytes" must be an integer/,
    )
    expect(() => holdfastDriver({ storage: undefined } as never)).toThrow(
      'Option "storage" must be a FileStorage, got undefined',
    )
    for (const base of ['/a', 'a/', './data', 'a//b', 7, 'b'.repeat(513)])
      expect(() => new KeyvHoldfast(wrong({ base }))).toThrow(/^Option "base" must be a path/)
  })

  it('name either a storage or the configuration of one', async () => {
    const storage = await openFiles({ backend: 'memory' })
    expect(() => new KeyvHoldfast(wrong({ storage, backend: 'memory' }))).toThrow(
      'Unknown option "backend" of KeyvHoldfast; known are storage, closeStorage, base',
    )
    expect(() => new KeyvHoldfast(wrong({ backend: 'memory', closeStorage: true }))).toThrow(
      /Unknown option "closeStorage"/,
    )
    expect(() => new KeyvHoldfast(wrong({ storage, closeStorage: 'no' }))).toThrow(
      'Option "closeStorage" must be true or false',
    )
  })

  it('leave a given storage open, unless asked', async () => {
    const storage = await openFiles({ backend: 'memory' })
    await new KeyvHoldfast({ storage }).disconnect()
    await holdfastDriver({ storage }).dispose?.()
    expect(await storage.exists('a')).toBe(false)
    await new KeyvHoldfast({ storage, closeStorage: true }).disconnect()
    await expect(storage.exists('a')).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })

  it('give a storage of its own that opens with the first call and is swept', async () => {
    const { storage, closeStorage, base } = resolveAdapterOptions({ backend: 'memory' }, 'test')
    expect({ closeStorage, base }).toEqual({ closeStorage: true, base: '' })
    expect(await storage.getHealthStatus()).toMatchObject({ status: 'unhealthy' })
    await storage.exists('a')
    expect(await storage.getHealthStatus()).toMatchObject({ status: 'healthy' })
    await storage.close()
  })

  it('take what Nitro writes beside them', async () => {
    const driver = holdfastDriver({ driver: 'holdfast/unstorage', backend: 'memory' })
    expect(await driver.hasItem('a', {})).toBe(false)
    await driver.dispose?.()
  })
})
