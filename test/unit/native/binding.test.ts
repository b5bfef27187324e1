import { copyFileSync, writeFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadBinding, nativeInfo } from '../../../src/disk/native/load-binding.js'
import { tempDirectory } from '../../support/temp.js'

describe('loading the addon', () => {
  it('says what it loaded and loads it once', () => {
    const info = nativeInfo()
    expect(info).toMatchObject({
      available: true,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    })
    expect(isAbsolute(info.path ?? '')).toBe(true)
    expect(loadBinding()).toBe(loadBinding())
  })

  it('takes a binary from another place', async () => {
    const copy = join(await tempDirectory(), 'elsewhere.node')
    copyFileSync(nativeInfo().path ?? '', copy)
    expect(loadBinding(copy)?.crc32c(new TextEncoder().encode('123456789'), 0)).toBe(0xe3069283)
    expect(nativeInfo(copy).path).toBe(copy)
  })

  it('says why there is none, for a file that is missing, damaged or something else', async () => {
    const directory = await tempDirectory()
    const damaged = join(directory, 'damaged.node')
    writeFileSync(damaged, 'no addon')
    const other = join(directory, 'other.cjs')
    writeFileSync(other, 'module.exports = {}')
    for (const path of [join(directory, 'missing.node'), damaged, other]) {
      expect(loadBinding(path)).toBeUndefined()
      expect(nativeInfo(path)).toEqual({ available: false, reason: expect.stringContaining(path) })
    }
  })
})
