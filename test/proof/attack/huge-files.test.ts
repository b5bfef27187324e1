import { once } from 'node:events'
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resourceUsage } from 'node:process'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DurableDirectory, FileSystemStorage } from '../../../src/index.js'
import { Store } from '../../../src/engine/store.js'
import { ObjectBody } from '../../../src/objects/body.js'
import { FileStorage } from '../../../src/files/index.js'
import { documentPath } from '../../../src/files/local/path.js'
import { decodeLocalRecord, encodeLocalRecord } from '../../../src/files/local/record.js'
import { documentOf } from '../processes/document.mjs'
import { tempDirectory } from '../../support/temp.js'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
/** More than an array of bytes may have in Node 20, and more than any of these machines would like to give. */
const HUGE = 40 * GIB

const EFBIG = { code: 'FS-LOAD-002', context: { error: 'EFBIG' } }

describe.each(['native', 'portable'] as const)('sparse files of 40 GiB, %s disk', (disk) => {
  let before = 0
  beforeAll(() => {
    before = resourceUsage().maxRSS
  })
  afterAll(() => {
    expect((resourceUsage().maxRSS - before) / 1024).toBeLessThan(900)
  })

  it('refuses one that is read whole, and answers what is read beside it', async () => {
    const directory = await tempDirectory()
    await using store = await DurableDirectory.open(directory, { disk })
    await store.commit([
      { kind: 'create', path: 'huge', bytes: Buffer.from('x') },
      { kind: 'create', path: 'small', bytes: Buffer.from('small') },
      { kind: 'create', path: 'large', bytes: new Uint8Array(MIB).fill(7) },
    ])
    await truncate(join(directory, 'huge'), HUGE)
    const paths = ['small', 'huge', 'large', 'huge', 'small']
    const found = await Promise.allSettled(paths.map(async (path) => await store.read(path)))
    expect(found.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(found[1]).toMatchObject({ reason: EFBIG })
    await expect(store.read('huge')).rejects.toThrow(/"maxBytes".*openFile/)
    const file = await store.openFile('huge')
    expect(await file?.read(HUGE - 3, 10)).toHaveLength(3)
    await file?.close()
  })

  it('reads up to the limit that its caller gives, and not a byte more', async () => {
    await using store = await DurableDirectory.open(await tempDirectory(), { disk })
    await store.commit([{ kind: 'create', path: 'ten', bytes: Buffer.alloc(10) }])
    expect(await store.read('ten', { maxBytes: 10 })).toHaveLength(10)
    await expect(store.read('ten', { maxBytes: 9 })).rejects.toMatchObject({
      ...EFBIG,
      context: { error: 'EFBIG', max_bytes: 9 },
    })
    await expect(store.read('ten', { maxBytes: -1 })).rejects.toThrow(RangeError)
    await expect(store.read('ten', { maxBytes: '10' as never })).rejects.toThrow(TypeError)
    await expect(store.read('ten', { bytes: 10 } as never)).rejects.toThrow(TypeError)
    const file = await store.openFile('ten')
    await expect(file?.read(0, 2 * GIB)).rejects.toThrow(/"length" must be an integer from 0 to/)
    await expect(file?.read(0.5, 1)).rejects.toThrow(TypeError)
    await file?.close()
  })

  it('takes no limit and no time that is not a number, and none past what there is', async () => {
    await using store = await Store.open(await tempDirectory(), { disk })
    await store.commit([{ kind: 'create', path: 'huge', bytes: Buffer.from('x') }])
    await truncate(join(store.path, 'huge'), 4.4e9)
    const { volume } = store
    await expect(volume.read('huge', 2 ** 40)).rejects.toThrow(RangeError)
    for (const wrong of [NaN, 0.5, '9', null, 10n, Infinity]) {
      const named = { name: 'TypeError', message: expect.stringContaining(' must be ') as string }
      await expect(volume.read('huge', wrong as never)).rejects.toMatchObject(named)
      await expect(volume.lock('l', { timeoutMs: wrong as never })).rejects.toMatchObject(named)
    }
    await expect(volume.read('huge', -1)).rejects.toThrow(/"maxBytes" must be an integer from 0/)
    await expect(volume.lock('l', { timeoutMs: -1 })).rejects.toThrow(/"timeoutMs" must be/)
    await expect(volume.read('huge')).rejects.toMatchObject(EFBIG)
  })

  it('gives the other versions when one has grown, and tells which', async () => {
    const directory = await tempDirectory()
    const saving = await FileSystemStorage.open({ storageDir: directory, disk })
    for (const version of ['1.0.0', '1.0.1']) await saving.saveVersion(documentOf('p', version))
    await saving.close()
    await using store = await FileSystemStorage.open({ storageDir: directory, disk })
    await truncate(store.pathOf('p', '1.0.0'), HUGE)
    await expect(store.getVersion('p', '1.0.0')).rejects.toMatchObject({ code: 'FS-LOAD-002' })
    expect(await store.getVersion('p', '1.0.1')).toMatchObject({ version: '1.0.1' })
    expect((await store.verify()).findings).toMatchObject([{ path: 'p/1.0.0.json' }])
  })

  it('opens a store whose index or segment has grown', async () => {
    const directory = await tempDirectory()
    const options = { storageDir: directory, disk } as const
    const store = await FileSystemStorage.open(options)
    await store.saveVersion(documentOf('p', '1.0.0', 'x'))
    await store.close()
    await truncate(join(directory, '.index.json'), HUGE)
    for (const name of await readdir(join(directory, '.journal')))
      await truncate(join(directory, '.journal', name), HUGE)
    for (const version of ['1.0.1', '1.0.2']) {
      await using again = await FileSystemStorage.open(options)
      expect(await again.getVersion('p', '1.0.0')).toMatchObject({ prompt: { text: 'x' } })
      await again.saveVersion(documentOf('p', version))
    }
  })

  it.each(['.holdfast.json', '.metadata.json'])('refuses a grown %s', async (name) => {
    const directory = await tempDirectory()
    await (await FileSystemStorage.open({ storageDir: directory, disk })).close()
    await truncate(join(directory, name), HUGE)
    await expect(FileSystemStorage.open({ storageDir: directory, disk })).rejects.toMatchObject({
      context: { error: 'EFBIG', path: name },
    })
  })

  it('refuses a grown .files.json', async () => {
    const directory = await tempDirectory()
    const options = { local_storage_path: directory, disk }
    const files = new FileStorage(options)
    await files.initialize()
    await files.store('a', 'text')
    await files.close()
    await truncate(join(directory, '.files.json'), HUGE)
    await expect(new FileStorage(options).initialize()).rejects.toMatchObject({
      context: { error: 'EFBIG' },
    })
  })
})

describe('contents that are longer than their documents say', () => {
  it('stops a file at the first byte too many', async () => {
    const directory = await tempDirectory()
    const files = new FileStorage({ local_storage_path: directory, max_retrieve_bytes: 1024 })
    await files.initialize()
    await files.store('a', Buffer.from('12345'))
    const path = join(directory, documentPath('a~f'))
    const { document, etag, modifiedMs } = decodeLocalRecord(await readFile(path), 'a', path)
    const record = { key: 'a', etag, modifiedMs, document, storedBytes: HUGE }
    await rm(path)
    await writeFile(path, encodeLocalRecord(record))
    await truncate(join(directory, 'a~f'), HUGE)
    const before = resourceUsage().maxRSS
    await expect(files.retrieve('a')).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    expect((resourceUsage().maxRSS - before) / 1024).toBeLessThan(200)
    await files.close()
  })

  it('hangs up on a service that goes on sending', async () => {
    let sent = 0
    const endless = new Readable({
      read() {
        sent += MIB
        this.push(Buffer.alloc(MIB))
      },
    })
    const body = new ObjectBody(endless, { key: 'k', bytes: 3 * MIB, idleMs: 10_000 })
    body.resume()
    const [error] = (await once(body, 'error')) as [Error]
    expect(error).toMatchObject({ code: 'FS-UNAVAILABLE-001', context: { reason: 'long' } })
    expect(endless.destroyed).toBe(true)
    expect(sent).toBeLessThan(6 * MIB)
  })
})
