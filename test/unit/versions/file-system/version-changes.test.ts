import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/index.js'
import { acceptAll } from '../../../../src/versions/accept-version.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import {
  creationsOf,
  idFilesOf,
  keepCreated,
  indexTaken,
  readDoomed,
  removalOf,
  type Doomed,
} from '../../../../src/versions/file-system/version-changes.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

const AT = new Date('2026-11-21T07:25:48.798Z')

describe('the changes of versions', () => {
  it('create files as a save does, with the id of a prompt whose name is hashed', async () => {
    const path = await tempDirectory()
    const store = await openParts(path)
    const long = 'z'.repeat(300)
    const versions = [sampleVersion('p', '1.0.0'), sampleVersion(long, '1.0.0')]
    const { candidates } = await acceptAll(versions, undefined, store.rules)
    const epoch = store.cache?.epoch ?? 0
    const creations = creationsOf(store, candidates, AT.toISOString())
    const idFiles = idFilesOf(
      store,
      [...creations, ...creations].map(({ tag }) => tag),
    )
    expect(idFiles.map((operation) => operation.path)).toEqual([store.layout.promptFile(long)])
    await store.directory.commit([...creations.flatMap(({ operations }) => operations), ...idFiles])
    keepCreated(store, creations, epoch)
    await store.names.current()
    expect(await store.names.promptIds()).toEqual(['p', long])
    expect(store.cache?.get('p', '1.0.0')).toEqual(versions[0])
    const text = await readFile(join(path, 'p/1.0.0.json'), 'utf8')
    expect(text).toContain('"checksum"')
  })

  it('do not create a version beside its compressed form, whatever the index shows', async () => {
    const path = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir: path, minFreeMb: 0 })
    const text = 'compressible '.repeat(100)
    for (const version of ['1.0.0', '1.0.1'])
      await storage.saveVersion({ ...sampleVersion('p', version), prompt: { id: 'p', text } })
    await storage.compress()
    const store = await openParts(path)
    const sample = sampleVersion('p', '1.0.0')
    const { candidates } = await acceptAll([sample], undefined, store.rules)
    const [creation] = creationsOf(store, candidates, AT.toISOString())
    const committed = store.directory.commit(creation?.operations ?? [])
    await expect(committed).rejects.toMatchObject({ context: { path: 'p/1.0.0.json.gz' } })
    expect(await readdir(join(path, 'p'))).toEqual(['1.0.0.json.gz', '1.0.1.json'])
  })

  it('remove a file, with a copy where there is a trash', async () => {
    const plain = await openParts(await tempDirectory())
    expect(await readDoomed(plain, 'p', '1.0.0')).toBeUndefined()
    await save(plain, 'p', '1.0.0')
    const doomed = (await readDoomed(plain, 'p', '1.0.0')) as Doomed
    const text = Buffer.from(doomed.bytes ?? []).toString()
    expect(text).toContain(`"$saved_at": "${String(doomed.savedAt)}"`)
    expect(removalOf(plain, doomed, AT)).toMatchObject([{ kind: 'remove' }])
    const careful = await openParts(await tempDirectory(), { enableTrash: true })
    const [keep, remove] = removalOf(careful, doomed, AT)
    expect(keep?.path).toMatch(/^\.trash\/p\/1\.0\.0\.2026-11-21T072548\.798Z-/)
    expect(keep).toMatchObject({
      kind: 'create',
      bytes: Reflect.get(Object(remove), 'ifBytes') as Uint8Array,
    })
    expect(remove).toMatchObject({ kind: 'remove', path: 'p/1.0.0.json' })
  })

  it('remove a file that cannot be read, but not into the trash', async () => {
    const path = await tempDirectory()
    const store = await openParts(path)
    await mkdir(join(path, 'p'))
    await symlink('nowhere', join(path, 'p', '1.0.0.json'))
    const files = [{ place: store.layout.placeOf('p', '1.0.0'), path: 'p/1.0.0.json', found: true }]
    const nothing = { promptId: 'p', version: '1.0.0', files, bytes: undefined, savedAt: null }
    expect(await readDoomed(store, 'p', '1.0.0')).toEqual(nothing)
    const careful = { ...store, enableTrash: true }
    await expect(readDoomed(careful, 'p', '1.0.0')).rejects.toMatchObject({ code: 'FS-LOAD-002' })
  })

  it('accept a taken path that a file has', async () => {
    const store = await openParts(await tempDirectory())
    await save(store, 'p', '1.0.0')
    await indexTaken(store, { prompt_id: 'p', version: '1.0.0' })
    await indexTaken(store, { prompt_id: 'p', version: '1.0.1' })
  })
})
