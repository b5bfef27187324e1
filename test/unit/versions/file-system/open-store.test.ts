import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { StoreBrowser } from '../../../../src/versions/file-system/store-browser.js'
import { failure } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

describe('the check of free space', () => {
  it('measures once a second at most, and refuses by the last measure meanwhile', async () => {
    const store = await openParts(await tempDirectory(), { minFreeMb: 1_000_000_000 })
    const first = await failure(Promise.resolve(store.space.check()))
    expect(first).toMatchObject({
      code: 'FS-IO-001',
      context: { reason: 'disk_space', min_free_mb: 1_000_000_000 },
    })
    // Without another measure there is nothing to wait for: it is refused in the call.
    expect(() => store.space.check()).toThrow('Not enough space')
    const enough = await openParts(await tempDirectory(), { minFreeMb: 1 })
    const measured = enough.space.check()
    expect(measured).toBeInstanceOf(Promise)
    await measured
    expect(enough.space.check()).toBeUndefined()
  })

  it('is turned off by 0', async () => {
    const store = await openParts(await tempDirectory(), { minFreeMb: 0 })
    expect(store.space.check()).toBeUndefined()
    expect((await store.space.report(0)).free_mb).toBeGreaterThan(0)
  })
})

describe('an open store', () => {
  it('removes from its cache what another has deleted, and reports the change to its watchers', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0')
    expect(store.cache?.peek('p', '1.0.0')).toBeDefined()
    const changes = store.watch({ promptId: 'p' })
    const other = await openParts(storageDir)
    await other.directory.commit([{ kind: 'remove', path: 'p/1.0.0.json' }])
    // Nothing is asked of the store: it looks for commits of others by itself while it is watched.
    const { value } = await changes.next()
    expect(value).toMatchObject({ kind: 'delete', prompt_id: 'p', version: '1.0.0' })
    expect(store.cache?.peek('p', '1.0.0')).toBeUndefined()
    await store.close()
    expect(await changes.next()).toEqual({ done: true, value: undefined })
  })

  it('warns of a file with other line ends, whose content it returns', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir, { useCache: false })
    await save(store, 'p', '1.0.0')
    const path = join(storageDir, 'p/1.0.0.json')
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('\n', '\r\n'))
    const heard: unknown[] = []
    onTestFinished(subscribe('warning', (message) => heard.push(message)))
    const read = await new StoreBrowser(store).get('p', '1.0.0')
    expect(read?.version).toBe('1.0.0')
    expect(heard).toMatchObject([{ directory: storageDir, code: 'line-ends' }])
  })

  it('leaves nothing open when its settings are refused', async () => {
    const storageDir = await tempDirectory()
    await (await openParts(storageDir)).close()
    const metadata = join(storageDir, '.metadata.json')
    await writeFile(metadata, '{}')
    expect(await failure(openParts(storageDir))).toMatchObject({ code: 'FS-FORMAT-001' })
    // Where each open store has its sign of life.
    const signs = await readdir(join(storageDir, '.alive')).catch(() => [])
    expect(signs).toEqual([])
  })
})
