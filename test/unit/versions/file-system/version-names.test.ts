import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { LabelMoves } from '../../../../src/versions/file-system/label-moves.js'
import { decodeIndex } from '../../../../src/versions/file-system/index-file.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'
import { TreeNames } from '../../../../src/versions/file-system/version-names.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

const FLAT = new StoreLayout({ foldCase: false, shardDepth: 0 })

describe('the names of a store without an index', () => {
  it('are those of the directories, in order, whatever put the files there', async () => {
    const storageDir = await tempDirectory()
    const { names } = await openParts(storageDir, { useIndex: false }).then(async (store) => {
      await save(store, 'q', '1.0.0')
      await save(store, 'p', '1.10.0', '1.9.0')
      return store
    })
    await writeFile(join(storageDir, 'p/1.11.0.json'), '{}')
    expect(await names.versions('p')).toEqual(['1.9.0', '1.10.0', '1.11.0'])
    expect(await names.latest('p')).toBe('1.11.0')
    expect(await names.latest('missing')).toBeUndefined()
    expect(await names.promptIds()).toEqual(['p', 'q'])
    expect(await names.totals()).toEqual({ prompts: 2, versions: 4 })
    expect(await names.rebuild()).toEqual({ prompts: 2, versions: 4 })
    // Only the file can tell.
    expect(names.has('p', '1.11.0')).toBeUndefined()
  })

  it('come with each change, and a change whose prompt is unknown resets the listeners', async () => {
    await using directory = await Store.open(await tempDirectory())
    const heard: string[] = []
    const names = await TreeNames.open(directory, FLAT, {
      listeners: {
        changed: ({ kind, promptId, version }) =>
          heard.push(`${kind} ${promptId.slice(0, 3)} ${version}`),
        labelled: ({ promptId, moves }) => heard.push(`${promptId} ${moves?.length}`),
        reset: () => heard.push('reset'),
      },
      followMark: () => undefined,
    })
    const bytes = Buffer.from('{}')
    const long = 'x'.repeat(700)
    const path = FLAT.versionPath(long, '1.0.0')
    await directory.commit([{ kind: 'create', path: 'p/1.0.0.json', bytes }])
    await directory.commit([{ kind: 'create', path, bytes }])
    names.noteId(long)
    await directory.commit([{ kind: 'remove', path }])
    await directory.commit([{ kind: 'create', path: '.other/x', bytes }])
    await directory.commit([{ kind: 'create', path: 'p/.labels.json', bytes }])
    const tag = new LabelMoves({ directory: 'p', promptId: 'p' }, [])
    await directory.commit([{ kind: 'replace', path: 'p/.labels.jsonl', bytes, tag }])
    await directory.commit([{ kind: 'remove', path: 'p/.labels.json' }])
    await names.current()
    expect(heard).toEqual(['create p 1.0.0', 'reset', 'remove xxx 1.0.0', 'p 0', 'p undefined'])
  })

  it('leave the index file of another opening up to date when the journal is shortened', async () => {
    const storageDir = await tempDirectory()
    const first = await openParts(storageDir)
    const long = 'x'.repeat(700)
    await save(first, 'p', '1.0.0', '1.1.0')
    await save(first, long, '1.0.0')
    await first.close()
    const second = await openParts(storageDir, { useIndex: false })
    await second.directory.commit([{ kind: 'remove', path: 'p/1.0.0.json' }])
    await save(second, long, '2.0.0')
    await save(second, 'y'.repeat(700), '1.0.0')
    const { lsn } = second.directory
    await second.directory.checkpoint()
    const index = decodeIndex(await readFile(join(storageDir, '.index.json')))
    expect(index?.lsn).toBe(lsn)
    expect(index?.index.versions('p')).toEqual(['1.1.0'])
    expect(index?.index.versions(long)).toEqual(['1.0.0', '2.0.0'])
    expect(index?.index.versions('y'.repeat(700))).toEqual(['1.0.0'])
    // What has changed is not proven: the next opening reads those directories.
    expect(index?.stamps.get(long) ?? '').toBe('')
  })
})
