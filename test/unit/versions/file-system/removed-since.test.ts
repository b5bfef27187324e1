import { expect, it } from 'vitest'
import { removedSince } from '../../../../src/versions/file-system/removed-since.js'
import { tempDirectory } from '../../../support/temp.js'
import { openStore as openStorage } from '../../../proof/faults/support.js'
import { openParts, save } from './open-parts.js'

it('names the versions of a prompt that any process has removed since a commit', async () => {
  const storageDir = await tempDirectory()
  const store = await openParts(storageDir)
  const other = await openStorage(storageDir)
  await save(store, 'p', '1.0.0', '1.0.1')
  await save(store, 'q', '1.0.0')
  const { lsn } = store.directory
  expect(await removedSince(store, lsn, 'p')).toEqual(new Set())
  await other.deleteVersion('p', '1.0.1')
  await other.deleteVersion('q', '1.0.0')
  await save(store, 'p', '1.0.2')
  expect(await removedSince(store, lsn, 'p')).toEqual(new Set(['1.0.1']))
  expect(await removedSince(store, store.directory.lsn, 'p')).toEqual(new Set())
})
