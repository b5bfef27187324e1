import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { VerifyReport } from '../../../../src/versions/file-system/findings.js'
import { verifyStore } from '../../../../src/versions/file-system/verify.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

const told = ({ findings }: VerifyReport): string[] =>
  findings.map(({ kind, path, repaired }) => `${repaired ? 'repaired ' : ''}${kind} ${path}`).sort()

describe('verify', () => {
  it('counts the files and bytes that it reads, the trash included, and finds nothing in a sound store', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir, { enableTrash: true })
    await save(store, 'p', '1.0.0', '1.1.0')
    const bytes = await readFile(join(storageDir, 'p/1.0.0.json'))
    const deleted = store.trash.moveIn(
      { place: store.layout.placeOf('p', '0.1.0'), found: bytes },
      new Date(),
    )
    await save(store, 'x'.repeat(700), '1.0.0')
    const report = await verifyStore(store, {})
    expect(report).toMatchObject({ checked: 3, findings: [], held_back: 0 })
    expect(report.schema_versions).toEqual({ 1: 3 })
    expect(report.checked_bytes).toBeGreaterThan(2 * bytes.length)
    // A copy under the name of another version is misplaced; no repair takes it out of the trash.
    await store.directory.commit([deleted])
    const trashed = await verifyStore(store, {})
    expect(trashed.checked).toBe(4)
    expect(trashed.checked_bytes).toBe(report.checked_bytes + bytes.length)
    expect(told(trashed)).toEqual([`misplaced ${(await store.trash.list())[0]?.path}`])
  })

  it('puts damaged files into quarantine, all or, if they are more than quarantineMax, none', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0', '1.1.0', '1.2.0')
    for (const name of ['1.0.0.json', '1.2.0.json'])
      await writeFile(join(storageDir, 'p', name), 'damaged')
    const both = ['damaged-json p/1.0.0.json', 'damaged-json p/1.2.0.json']
    const held = await verifyStore(store, { repair: true, quarantineMax: 1 })
    expect(told(held)).toEqual(both)
    expect(held.held_back).toBe(2)
    expect(await readdir(join(storageDir, 'p'))).toHaveLength(3)
    const report = await verifyStore(store, { repair: true, quarantineMax: 2 })
    expect(told(report)).toEqual(both.map((finding) => `repaired ${finding}`))
    expect(report.held_back).toBe(0)
    expect(await readdir(join(storageDir, 'p'))).toEqual(['1.1.0.json'])
    expect(await readdir(join(storageDir, '.quarantine/p'))).toHaveLength(2)
    expect(await store.names.versions('p')).toEqual(['1.1.0'])
    expect(told(await verifyStore(store, {}))).toEqual([])
  })

  it('names what is in the place of a version or beside them, and leaves it alone', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0')
    await mkdir(join(storageDir, 'p/2.0.0.json'))
    await writeFile(join(storageDir, 'p/notes.txt'), 'mine')
    await writeFile(join(storageDir, '.tmp/mine'), 'mine')
    const found = ['foreign-file .tmp/mine', 'foreign-file p/notes.txt', 'not-a-file p/2.0.0.json']
    expect(told(await verifyStore(store, { repair: true }))).toEqual(found)
    expect(told(await verifyStore(store, { repair: true }))).toEqual(found)
  })

  it('reports a file that was removed until that is accepted, or a repair has taken it out of the index', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0', '1.1.0')
    await rm(join(storageDir, 'p/1.1.0.json'))
    for (const options of [{}, {}])
      expect(told(await verifyStore(store, options))).toEqual(['missing-file p/1.1.0.json'])
    expect(told(await verifyStore(store, { repair: true }))).toEqual([
      'repaired missing-file p/1.1.0.json',
    ])
    expect(told(await verifyStore(store, {}))).toEqual([])
    await store.directory.reportLost([{ path: 'p/1.1.0.json', reason: 'content_gone' }])
    expect(told(await verifyStore(store, { repair: true }))).toEqual(['lost-file p/1.1.0.json'])
    expect(told(await verifyStore(store, { accept: true }))).toEqual([
      'repaired lost-file p/1.1.0.json',
    ])
    expect(told(await verifyStore(store, {}))).toEqual([])
  })

  it('writes a lost id file again from a version that names the prompt', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    const long = 'x'.repeat(700)
    await save(store, long, '1.0.0')
    const path = join(storageDir, store.layout.promptFile(long) ?? '')
    const before = await readFile(path)
    await rm(path)
    const directory = store.layout.promptDirectory(long)
    expect(told(await verifyStore(store, {}))).toEqual([`missing-id ${directory}`])
    expect(told(await verifyStore(store, { repair: true }))).toEqual([
      `repaired missing-id ${directory}`,
    ])
    expect((await readFile(path)).equals(before)).toBe(true)
  })
})
