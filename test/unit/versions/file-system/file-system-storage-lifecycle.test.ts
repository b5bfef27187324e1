import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { failure, openStore } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'

describe('a closed store', () => {
  it('refuses every call with FS-CLOSED-001, and may be closed again', async () => {
    const storage = await openStore(await tempDirectory())
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await Promise.all([storage.close(), storage.close()])
    await storage.close()
    await storage[Symbol.asyncDispose]()
    const calls: (() => unknown)[] = [
      () => storage.saveVersion(sampleVersion('p', '1.0.1')),
      () => storage.saveVersions([]),
      () => storage.getVersion('p', '1.0.0'),
      () => storage.listVersions('p'),
      () => storage.listVersionNames('p'),
      () => storage.getLatestVersion('p'),
      () => storage.getLatestVersionName('p'),
      () => storage.listPromptIds(),
      () => storage.deleteVersion('p', '1.0.0'),
      () => storage.restoreVersion('p', '1.0.0'),
      () => storage.listTrash(),
      () => storage.purgeTrash(),
      () => storage.clearAll(),
      () => storage.readRaw('p', '1.0.0'),
      () => storage.getStorageStats(),
      () => storage.indexSnapshot(),
      () => storage.rebuildIndex(),
      () => storage.verify(),
      () => storage.checkDiskSpace(),
      () => storage.warmCache(),
      () => storage.doctor(),
      () => storage.watch(),
    ]
    for (const call of calls) {
      const error = await failure((async () => await call())())
      expect(error).toBeInstanceOf(StorageError)
      expect(`${error.code} ${String(call)}`).toBe(`FS-CLOSED-001 ${String(call)}`)
    }
  })

  it('has finished the saves that were under way', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir)
    const saves = Array.from(
      { length: 50 },
      async (_, at) => await storage.saveVersion(sampleVersion('p', `1.0.${at}`)),
    )
    await Promise.allSettled([storage.close(), ...saves])
    const settled = await Promise.allSettled(saves)
    const kept = settled.filter(({ status }) => status === 'fulfilled').length
    expect(await (await openStore(storageDir)).listVersionNames('p')).toHaveLength(kept)
  })
})

describe('two instances on one directory', () => {
  it('see and watch each other, in the order of commits', async () => {
    const storageDir = await tempDirectory()
    const left = await openStore(storageDir)
    const right = await openStore(storageDir)
    const changes = right.watch()
    await left.saveVersion(sampleVersion('p', '1.0.0'))
    expect((await right.getVersion('p', '1.0.0'))?.version).toBe('1.0.0')
    await right.saveVersion(sampleVersion('p', '1.1.0'))
    expect(await left.getLatestVersionName('p')).toBe('1.1.0')
    await left.deleteVersion('p', '1.0.0')
    expect(await right.getVersion('p', '1.0.0')).toBeUndefined()
    const seen: string[] = []
    for await (const { kind, prompt_id, version, at } of changes) {
      expect(new Date(at).toISOString()).toBe(at)
      seen.push(`${kind} ${prompt_id} ${version}`)
      if (seen.length === 3) break
    }
    expect(seen).toEqual(['save p 1.0.0', 'save p 1.1.0', 'delete p 1.0.0'])
  })
})

describe('work that is kept together', () => {
  it('ends before the store closes, and may call it until then', async () => {
    const storage = await openStore(await tempDirectory())
    const versions = storage.keepOpenWhile(async (open) => {
      for (const version of ['1.0.0', '1.0.1']) await open.saveVersion(sampleVersion('p', version))
      return await open.listVersionNames('p')
    })
    const closed = storage.close()
    expect(await versions).toEqual(['1.0.0', '1.0.1'])
    await closed
    const refused = storage.keepOpenWhile(async () => await Promise.resolve(1))
    expect(await failure(refused)).toMatchObject({ code: 'FS-CLOSED-001' })
  })
})
