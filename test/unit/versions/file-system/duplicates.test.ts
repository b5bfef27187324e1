import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compressing } from '../../../../src/versions/file-system/compress.js'
import { findDuplicates } from '../../../../src/versions/file-system/duplicates.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

describe('versions at two places', () => {
  it('are found, with the file that is read, unless one was only moved meanwhile', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0', '1.0.1', '1.0.2')
    await compressing()(store)
    const at = (name: string): string => join(storageDir, 'p', name)
    await copyFile(at('1.0.2.json'), at('1.0.0.json'))
    const names = ['1.0.0.json', '1.0.0.json.gz', '1.0.1.json', '1.0.1.json.gz', '1.0.2.json']
    const checked = names.map((name) => ({
      promptId: 'p',
      version: name.slice(0, 5),
      path: `p/${name}`,
    }))
    const found = await findDuplicates(store.files, checked)
    expect(found.map(({ used, other }) => [used.path, other.path])).toEqual([
      ['p/1.0.0.json', 'p/1.0.0.json.gz'],
    ])
  })
})
