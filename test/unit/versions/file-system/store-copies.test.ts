import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { headOf, moveOf } from '../../../../src/versions/conformance/transacting.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { CopiedVersion } from '../../../../src/versions/version-copies.js'
import { tempDirectory } from '../../../support/temp.js'

const SAVED_AT = '2024-02-29T01:02:03.004Z'

describe('copies of a store of files', () => {
  it('have the bytes of the file that they come from', async () => {
    const [one, other] = [await tempDirectory(), await tempDirectory()]
    await using from = await FileSystemStorage.open({ storageDir: one })
    await using to = await FileSystemStorage.open({ storageDir: other })
    await from.saveVersion(sampleVersion('p', '1.0.0'))
    const save = await from.copies.documents('p', ['1.0.0'])
    await to.copies.change('p', () => ({ save }))
    const file = join('p', '1.0.0.json')
    expect(await readFile(join(other, file))).toEqual(await readFile(join(one, file)))
  })

  it('are the text of a file as it is, and what the schema makes of one without a checksum', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({
      storageDir,
      schemaInfo: { name: 's', version: 2 },
      upgrade: (document) => ({ ...document, analysis: { upgraded: true } }),
    })
    const old = new CopiedVersion(sampleVersion('p', '1.0.0'), SAVED_AT, 1)
    await storage.copies.change('p', () => ({ save: [old] }))
    const { metadata: _metadata, ...foreign } = sampleVersion('p', '2.0.0')
    await writeFile(join(storageDir, 'p', '2.0.0.json'), JSON.stringify(foreign))
    await storage.rebuildIndex()
    const found = await storage.copies.documents('p', ['1.0.0', '2.0.0'])
    expect(found[0]).toEqual(old)
    expect(found[1]?.document).toHaveProperty('metadata')
    expect(found[1]).toMatchObject({ savedAt: null, schemaVersion: 1 })
  })

  it('write histories in files of a limited size, and remove those that are not needed any more', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir, enableTrash: true })
    const history = Array.from({ length: 1500 }, (_, move) =>
      moveOf('production', move === 0 ? null : '1.0.0', '1.0.0'),
    )
    const record = { head: headOf('production', '1.0.0'), history }
    const save = [new CopiedVersion(sampleVersion('p', '1.0.0'), SAVED_AT, 1)]
    await storage.copies.change('p', () => ({ save, record }))
    const files = (await readdir(join(storageDir, 'p'))).filter((name) => name !== '1.0.0.json')
    expect(files.length).toBeGreaterThan(3)
    expect((await storage.verify()).findings).toEqual([])
    const none = { head: undefined, history: [] }
    await storage.copies.change('p', () => ({ save: [], record: none, remove: ['1.0.0'] }))
    expect(await readdir(join(storageDir, 'p')).catch(() => [])).toEqual([])
    expect(await storage.listTrash()).toEqual([])
    expect((await storage.verify()).findings).toEqual([])
  })

  it('write a history that is longer than a transaction of small files', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir })
    const history = Array.from({ length: 50_000 }, (_, move) =>
      moveOf('production', move === 0 ? null : '1.0.0', '1.0.0'),
    )
    const head = headOf('production', '1.0.0')
    const save = [new CopiedVersion(sampleVersion('p', '1.0.0'), SAVED_AT, 1)]
    await storage.copies.change('p', () => ({ save, record: { head, history } }))
    await using other = await FileSystemStorage.open({ storageDir })
    expect((await other.copies.state('p')).history).toEqual(history)
    const move = moveOf('production', '1.0.0', '1.0.0')
    const changes = [{ promptId: 'p', head: headOf('production', '1.0.0'), moves: [move] }]
    await other.transact(['p'], () => ({ changes, result: undefined }))
    expect(await storage.listLabelMoves('p')).toHaveLength(50_001)
    expect((await storage.verify()).findings).toEqual([])
  })
})
