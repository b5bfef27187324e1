import { describe, expect, it } from 'vitest'
import { lostFindings } from '../../../../src/versions/file-system/lost-findings.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts } from './open-parts.js'

const NONE: ReadonlySet<string> = new Set()

describe('the findings of lost files', () => {
  it('come again until a repair, or until they are accepted', async () => {
    const store = await openParts(await tempDirectory())
    expect(await lostFindings(store, NONE, {})).toEqual([])
    await store.directory.reportLost([
      { path: 'p/1.0.0.json', reason: 'removed' },
      { path: 'p/1.0.1.json', reason: 'content_gone' },
    ])
    for (let time = 0; time < 2; time++)
      expect(await lostFindings(store, NONE, {})).toMatchObject([
        { path: 'p/1.0.0.json', isDone: false },
        { path: 'p/1.0.1.json', isDone: false },
      ])
    expect(await lostFindings(store, new Set(['p']), { repair: true })).toHaveLength(2)
    expect(await lostFindings(store, NONE, { repair: true })).toMatchObject([
      { isDone: true },
      { isDone: false },
    ])
    expect(await lostFindings(store, NONE, { accept: true })).toMatchObject([
      { path: 'p/1.0.1.json', isDone: true },
    ])
    expect(await lostFindings(store, NONE, {})).toEqual([])
  })
})
