import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import type { AnyChange } from '../../../../src/versions/version-watch.js'
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

describe('labels that another instance moves', () => {
  const LONG = 'long '.repeat(100)
  const texts = (changes: readonly AnyChange[]): readonly string[] =>
    changes.map((change) =>
      change.kind === 'label'
        ? `${change.label} ${change.from} ${change.to} by ${change.by}`
        : `${change.kind} ${change.version}`,
    )

  for (const options of [
    {},
    { ids: ['p', 'q'], useIndex: false },
    { enableSharding: true },
    { readOnly: true },
  ])
    it(`are reported in the order of the commits, with ${JSON.stringify(options)}`, async () => {
      const storageDir = await tempDirectory()
      const { ids, readOnly, ...both } = { ids: ['p', LONG], readOnly: false, ...options }
      const mine = await openStore(storageDir, both)
      const registry = new PromptRegistry({ storage: mine })
      for (const id of ids) await registry.publish(id, { text: id }, { labels: ['live'] })
      const theirs = await openStore(storageDir, { ...both, ...(readOnly ? { readOnly } : {}) })
      for (const id of ids) await theirs.listVersionNames(id)
      const changes = theirs.watch({ labels: true })
      for (const id of ids) {
        await registry.publish(id, { text: 'two' }, { labels: ['live', 'next'], author: 'ada' })
        await registry.rollbackLabel(id, 'live', { by: 'bob' })
      }
      await registry.transaction(async (tx) => {
        await tx.unlabel('p', 'next')
        await tx.label('p', 'live', '1.0.1')
      })
      const seen: AnyChange[] = []
      for await (const change of changes) if (seen.push(change) === 10) break
      const each = [
        'save 1.0.1',
        'live 1.0.0 1.0.1 by ada',
        'next null 1.0.1 by ada',
        'live 1.0.1 1.0.0 by bob',
      ]
      expect(texts(seen)).toEqual([
        ...each,
        ...each,
        'next 1.0.1 null by null',
        'live 1.0.0 1.0.1 by null',
      ])
      expect(new Set(seen.map(({ prompt_id: id }) => id))).toEqual(new Set(ids))
    })

  it('are reported by a store without an index for an id with a hashed name, if it is watched', async () => {
    const storageDir = await tempDirectory()
    const mine = await openStore(storageDir)
    const registry = new PromptRegistry({ storage: mine })
    await registry.publish(LONG, { text: 'one' })
    const theirs = await openStore(storageDir, { useIndex: false })
    const changes = theirs.watch({ promptId: LONG, labels: true })
    await registry.label(LONG, 'live', '1.0.0')
    expect((await changes.next()).value).toMatchObject({ prompt_id: LONG, label: 'live' })
    await mine.deleteVersion(LONG, '9.0.0')
    await registry.publish(LONG, { text: 'two' })
    expect((await changes.next()).value).toMatchObject({ kind: 'save', version: '1.0.1' })
  })

  it('are reported past the end of a file of the history', async () => {
    const storageDir = await tempDirectory()
    const registry = new PromptRegistry({ storage: await openStore(storageDir) })
    for (const text of ['one', 'two']) await registry.publish('p', { text })
    const theirs = await openStore(storageDir)
    const changes = theirs.watch({ promptId: 'p', labels: true })
    const reason = 'long '.repeat(2000)
    const count = 20
    for (let at = 0; at < count; at++)
      await registry.label('p', 'live', at % 2 === 0 ? '1.0.0' : '1.0.1', { reason })
    expect(await readdir(join(storageDir, 'p'))).toContain('.labels.3.jsonl')
    for (let at = 0; at < count; at++)
      expect((await changes.next()).value).toMatchObject({ to: at % 2 === 0 ? '1.0.0' : '1.0.1' })
  })

  it('are announced by a reset where the journal does not hold the head', async () => {
    const storageDir = await tempDirectory()
    const registry = new PromptRegistry({ storage: await openStore(storageDir) })
    await registry.publish('p', { text: 'one' })
    const reason = 'long '.repeat(10_000)
    for (let at = 0; at < 6; at++) await registry.label('p', `label${at}`, '1.0.0', { reason })
    const theirs = await openStore(storageDir)
    const changes = theirs.watch({ labels: true })
    await registry.label('p', 'live', '1.0.0')
    expect((await changes.next()).value).toMatchObject({ kind: 'reset' })
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
