import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import {
  removedByOthers,
  reportRemoved,
} from '../../../../src/versions/file-system/removed-versions.js'
import { tempDirectory } from '../../../support/temp.js'

const PATHS = ['p/1.0.0.json', 'p/1.0.1.json', 'p/1.0.2.json']

describe('versions that are not there any more', () => {
  it('were removed by another program where no commit since then has removed them', async () => {
    const path = await tempDirectory()
    await using directory = await Store.open(path, { checkpointIdleMs: 3_600_000 })
    for (const each of PATHS)
      await directory.commit([{ kind: 'create', path: each, bytes: Buffer.from('{}') }])
    const { lsn } = directory
    await directory.commit([{ kind: 'remove', path: 'p/1.0.0.json' }])
    await rm(join(path, 'p/1.0.1.json'))
    const removed = await removedByOthers(directory, [...PATHS, ...PATHS], lsn)
    expect([...removed]).toEqual(['p/1.0.1.json'])
    expect((await removedByOthers(directory, [], lsn)).size).toBe(0)
  })

  it('are on the list of lost files from then on', async () => {
    await using directory = await Store.open(await tempDirectory())
    await reportRemoved(directory, new Set())
    expect(directory.lostFiles).toEqual([])
    await reportRemoved(directory, new Set(['p/1.0.1.json']))
    expect(directory.lostFiles).toMatchObject([{ path: 'p/1.0.1.json', reason: 'removed' }])
  })
})
