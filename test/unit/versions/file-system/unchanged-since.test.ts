import { expect, it } from 'vitest'
import { isUnchangedSince } from '../../../../src/versions/file-system/unchanged-since.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

it('tells the changes of some prompts from those of others', async () => {
  const store = await openParts(await tempDirectory())
  await save(store, 'p', '1.0.0')
  const { lsn } = store.directory
  expect(isUnchangedSince(store, lsn, ['p', 'q'])).toBe(true)
  await save(store, 'q', '1.0.0')
  expect(isUnchangedSince(store, lsn, ['p'])).toBe(true)
  expect(isUnchangedSince(store, lsn, ['p', 'q'])).toBe(false)
})
