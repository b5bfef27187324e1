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
  expect(await removedSince(store, lsn, 'p')).toEqual({ versions: new Set(), lsn })
  await other.deleteVersion('p', '1.0.1')
  await other.deleteVersion('q', '1.0.0')
  await save(store, 'p', '1.0.2')
  const now = store.directory.lsn
  expect(await removedSince(store, lsn, 'p')).toEqual({ versions: new Set(['1.0.1']), lsn: now })
  expect(await removedSince(store, now, 'p')).toEqual({ versions: new Set(), lsn: now })
})
