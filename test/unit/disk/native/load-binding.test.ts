import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  isNativeBinding,
  loadBinding,
  nativeInfo,
  nativeSetting,
} from '../../../../src/disk/native/load-binding.js'
import { tempDirectory } from '../../../support/temp.js'
import { binding } from '../../native/support.js'

afterEach(() => void vi.unstubAllEnvs())

describe('HOLDFAST_NATIVE', () => {
  it('chooses the disk, or the addon, and is ignored when it is empty', () => {
    const path = join(process.cwd(), 'addon.node')
    expect(nativeSetting('off')).toEqual({ disk: 'portable' })
    expect(nativeSetting('require')).toEqual({ disk: 'native' })
    expect(nativeSetting(path)).toEqual({ disk: 'native', path })
    expect(nativeSetting('')).toEqual({ disk: 'auto' })
    vi.stubEnv('HOLDFAST_NATIVE', undefined)
    expect(nativeSetting()).toEqual({ disk: 'auto' })
    vi.stubEnv('HOLDFAST_NATIVE', 'off')
    expect(nativeSetting()).toEqual({ disk: 'portable' })
  })

  it.each(['on', 'OFF', './addon.node', 'addon.node', '0'])('is refused as %j', (value) => {
    expect(() => nativeSetting(value)).toThrow(
      `HOLDFAST_NATIVE must be off, require or an absolute path, got ${value}`,
    )
  })
})

describe('an addon that is given', () => {
  it('is used as it is when its module is loaded already', () => {
    const module = { ...binding() }
    expect(loadBinding(module)).toBe(module)
    const { available, path, version } = nativeInfo(module)
    expect([available, path]).toEqual([true, undefined])
    expect(version).toBe(nativeInfo().version)
  })

  it('is refused with what it is, and stays refused', async () => {
    expect(nativeInfo({}).reason).toBe('It is not an addon of this package, but an object')
    const path = join(await tempDirectory(), 'addon.node')
    const missing = nativeInfo(path)
    expect(missing).toMatchObject({ available: false })
    expect(missing.reason).toContain(path)
    // Loaded once: what comes later under that path is for the next process.
    await writeFile(path, '')
    expect(nativeInfo(path)).toBe(missing)
    expect(nativeInfo('addon.node').reason).toContain("'addon.node' is not an absolute path")
  })

  it('is a module or an absolute path, and nothing else', () => {
    const given = [{}, join(process.cwd(), 'a'), 'a', '', null, undefined, 7]
    expect(given.map(isNativeBinding)).toEqual([true, true, false, false, false, false, false])
  })
})
