import { spawnSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { execPath } from 'node:process'
import { describe, expect, it } from 'vitest'
import { loadBinding, nativeInfo } from '../../../src/disk/native/load-binding.js'
import { tempDirectory } from '../../support/temp.js'
import { builtModule } from './support.js'

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
    // In a process that ends: until then Windows lets no process remove the copy.
    const script = `
      import { loadBinding, nativeInfo } from ${JSON.stringify(builtModule('disk/native/load-binding'))}
      const copy = ${JSON.stringify(copy)}
      const checksum = loadBinding(copy)?.crc32c(Buffer.from('123456789'), 0)
      console.log(JSON.stringify({ checksum, path: nativeInfo(copy).path }))`
    const { stdout } = spawnSync(execPath, ['--input-type=module', '-e', script])
    expect(JSON.parse(stdout.toString())).toEqual({ checksum: 0xe3069283, path: copy })
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
