import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compressing } from '../../../../src/versions/file-system/compress.js'
import { mayExist } from '../../../../src/versions/file-system/version-files.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

describe('the files of versions', () => {
  it('are read and located wherever they are', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    const { files } = store
    await save(store, 'p', '1.0.0', '1.0.1')
    const before = await files.readPlain('p', '1.0.0')
    await compressing()(store)
    const after = await files.readPlain('p', '1.0.0')
    expect(after?.path).toBe('p/1.0.0.json.gz')
    expect(Buffer.from(after?.bytes ?? []).equals(before?.bytes ?? new Uint8Array(0))).toBe(true)
    expect(await files.locate('p', '1.0.0')).toMatchObject({ path: 'p/1.0.0.json.gz' })
    expect(await files.locate('p', '2.0.0')).toBeUndefined()
    expect(await files.read('p', '2.0.0')).toBeUndefined()
    expect(await files.readPlain('p', '2.0.0')).toBeUndefined()
    expect((await files.readCommitted('p', '1.0.1'))?.place.form).toBe('plain')
    const many = await files.readManyCommitted('p', ['1.0.0', '1.0.1', '2.0.0'])
    expect(many.map((file) => file?.path)).toEqual(['p/1.0.0.json.gz', 'p/1.0.1.json', undefined])
    expect([await mayExist(files, 'p', '1.0.0'), await mayExist(files, 'p', '2.0.0')]).toEqual([
      true,
      false,
    ])
  })

  it('are found beside the one that is read, if another program has made more', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0', '1.0.1')
    await compressing()(store)
    const found = await store.files.locate('p', '1.0.0')
    if (found === undefined) throw new Error('missing')
    expect(await store.files.besides(found)).toEqual([])
    await copyFile(join(storageDir, 'p/1.0.0.json.gz'), join(storageDir, 'p/1.0.0.json'))
    expect(await store.files.besides(found)).toMatchObject([{ path: 'p/1.0.0.json' }])
  })

  it('have an error each, if a directory is in the place of one', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0')
    await mkdir(join(storageDir, 'p/1.0.1.json'))
    const [good, bad] = await store.files.readManyCommitted('p', ['1.0.0', '1.0.1'])
    expect(good?.found).toBeInstanceOf(Uint8Array)
    expect(bad?.found).toBeInstanceOf(Error)
  })

  it.runIf(process.getuid?.() !== 0)('may exist if permissions hide them', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await mkdir(join(storageDir, 'p'))
    await writeFile(join(storageDir, 'p/1.0.0.json'), '{}')
    await chmod(join(storageDir, 'p'), 0)
    expect(await mayExist(store.files, 'p', '1.0.0')).toBe(true)
    await chmod(join(storageDir, 'p'), 0o700)
  })
})
