import { spawnSync } from 'node:child_process'
import { cp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { chooseDisk } from '../../src/disk/choose-disk.js'
import { tempDirectory } from '../support/temp.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('chooseDisk', () => {
  it('takes the native disk where its addon loads, and the portable one when asked', () => {
    expect(chooseDisk('auto').kind).toBe('native')
    expect(chooseDisk('native').kind).toBe('native')
    expect(chooseDisk('portable').kind).toBe('portable')
  })

  it('falls back to the portable disk in a package without an addon, unless told not to', async () => {
    const copy = await tempDirectory()
    await cp(join(root, 'dist'), join(copy, 'dist'), { recursive: true })
    await cp(join(root, 'package.json'), join(copy, 'package.json'))
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
    const script = `
      import { chooseDisk } from ${JSON.stringify(join(copy, 'dist/disk/choose-disk.js'))}
      const kind = chooseDisk('auto').kind
      try { chooseDisk('native') } catch (error) {
        console.log(JSON.stringify([kind, error.name, error.code, error.message]))
      }`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    const [kind, name, code, message] = JSON.parse(stdout) as string[]
    expect([kind, name, code]).toEqual(['portable', 'StorageError', 'FS-IO-001'])
    expect(message).toContain('npm run build:native')
  })
})
