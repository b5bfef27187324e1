import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compressing } from '../../../../src/versions/file-system/compress.js'
import { resolveVerifyOptions } from '../../../../src/versions/file-system/findings.js'
import { Verification } from '../../../../src/versions/file-system/verification.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

describe('a verification', () => {
  it('reads each file once, and leaves a second file of a version that has another text', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0', '1.0.1')
    await compressing()(store)
    const at = (name: string): string => join(storageDir, 'p', name)
    await copyFile(at('1.0.1.json'), at('1.0.0.json'))
    const mark = await store.features.current()
    const report = await new Verification(store, mark, resolveVerifyOptions({})).run()
    expect(report.checked).toBe(3)
    expect(report.findings.map(({ kind, path }) => [kind, path])).toEqual([
      ['misplaced', 'p/1.0.0.json'],
      ['duplicate', 'p/1.0.0.json.gz'],
    ])
    expect((await readdir(join(storageDir, 'p'))).sort()).toEqual([
      '1.0.0.json',
      '1.0.0.json.gz',
      '1.0.1.json',
    ])
  })
})
