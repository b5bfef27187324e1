import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { Store } from '../../../../src/engine/store.js'
import { conflictOf, removeAll, removing } from '../../../../src/versions/file-system/removing.js'
import { StoreFeatures } from '../../../../src/versions/file-system/store-features.js'
import { tempDirectory } from '../../../support/temp.js'

describe('removing files', () => {
  it('skips those that are missing, and removes all others', async () => {
    const path = await tempDirectory()
    const paths = Array.from({ length: 300 }, (_, at) => `d/${at}`)
    const directory = await DurableDirectory.open(path)
    const bytes = Buffer.from('x')
    await directory.commit(paths.map((name) => ({ kind: 'create', path: name, bytes })))
    await directory.commit([{ kind: 'remove', path: 'd/290' }])
    await directory.close()
    await using store = await Store.open(path)
    const mark = await new StoreFeatures(store).current()
    const some = [removing({ path: 'd/1' }), removing({ path: 'd/290' })]
    expect(await conflictOf(mark, some)).toBe('d/290')
    expect(await conflictOf(mark, [removing({ path: 'd/1' })])).toBeUndefined()
    await removeAll(
      mark,
      paths.map((name) => ({ path: name })),
    )
    expect(await readdir(`${path}/d`).catch(() => [])).toEqual([])
  })
})
