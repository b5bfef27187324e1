import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import {
  removedByOthers,
  reportRemoved,
} from '../../../../src/versions/file-system/removed-versions.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'
import { tempDirectory } from '../../../support/temp.js'

const LAYOUT = new StoreLayout({ foldCase: false, shardDepth: 0, forms: ['plain', 'gzip'] })
const VERSIONS = ['1.0.0', '1.0.1', '1.0.2', '1.0.3'].map((version) => ({ promptId: 'p', version }))
const PATHS = VERSIONS.map(({ promptId, version }) => LAYOUT.versionPath(promptId, version))

describe('versions that are not there any more', () => {
  it('were removed by another program where no commit since then has removed them', async () => {
    const path = await tempDirectory()
    await using directory = await Store.open(path, { checkpointIdleMs: 3_600_000 })
    for (const each of PATHS)
      await directory.commit([{ kind: 'create', path: each, bytes: Buffer.from('{}') }])
    const { lsn } = directory
    await directory.commit([{ kind: 'remove', path: 'p/1.0.0.json' }])
    await directory.commit([
      { kind: 'create', path: 'p/1.0.3.json.gz', bytes: Buffer.from('packed') },
      { kind: 'remove', path: 'p/1.0.3.json' },
    ])
    await rm(join(path, 'p/1.0.1.json'))
    const all = [...VERSIONS, ...VERSIONS]
    const store = { directory, layout: LAYOUT, followMark: () => undefined }
    const removed = await removedByOthers(store, all, lsn)
    expect([...removed]).toEqual(['p/1.0.1.json'])
    expect((await removedByOthers(store, [], lsn)).size).toBe(0)
  })

  it('are looked for where the mark says that they are by then', async () => {
    await using directory = await Store.open(await tempDirectory(), {
      checkpointIdleMs: 3_600_000,
    })
    const layout = new StoreLayout({ foldCase: false, shardDepth: 0 })
    const versions = [{ promptId: 'p', version: '1.0.0' }]
    const content = { kind: 'create', bytes: Buffer.from('{}') } as const
    await directory.commit([{ ...content, path: 'p/1.0.0.json' }])
    const { lsn } = directory
    const sharded = new StoreLayout({ foldCase: false, shardDepth: 1 })
    const moved = sharded.versionPath('p', '1.0.0')
    await directory.commit([
      { ...content, path: moved },
      { kind: 'remove', path: 'p/1.0.0.json' },
    ])
    // Once before the search, and once while it is under way: the mark changes again.
    const marks = [{ shardDepth: 0 }, { shardDepth: 1, otherDepth: 0 }]
    const followMark = async (): Promise<void> => {
      layout.update(marks.shift() ?? { shardDepth: 1 })
      await Promise.resolve()
    }
    expect((await removedByOthers({ directory, layout, followMark }, versions, lsn)).size).toBe(0)
    expect(layout.depths).toEqual([1])
  })

  it('are on the list of lost files from then on', async () => {
    await using directory = await Store.open(await tempDirectory())
    await reportRemoved(directory, new Set())
    expect(directory.lostFiles).toEqual([])
    await reportRemoved(directory, new Set(['p/1.0.1.json']))
    expect(directory.lostFiles).toMatchObject([{ path: 'p/1.0.1.json', reason: 'removed' }])
  })
})
