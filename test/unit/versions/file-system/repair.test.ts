import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Repair } from '../../../../src/versions/file-system/repair.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

const AT_SEVEN = { promptId: 'p', version: '7.0.0', path: 'p/7.0.0.json' }

describe('a misplaced document', () => {
  it('moves to its place if that is free, and stays if it is taken', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0', '1.1.0')
    const repair = new Repair(store, await store.features.current())
    const bytes = await readFile(join(storageDir, 'p/1.1.0.json'))
    await writeFile(join(storageDir, 'p/7.0.0.json'), bytes)
    expect(await repair.moveToPlace(AT_SEVEN, bytes, 'plain')).toBe(false)
    expect(await readdir(join(storageDir, 'p'))).toContain('7.0.0.json')
    await store.directory.commit([{ kind: 'remove', path: 'p/1.1.0.json' }])
    expect(await repair.moveToPlace(AT_SEVEN, bytes, 'plain')).toBe(true)
    expect((await readdir(join(storageDir, 'p'))).sort()).toEqual(['1.0.0.json', '1.1.0.json'])
    expect((await readFile(join(storageDir, 'p/1.1.0.json'))).equals(bytes)).toBe(true)
  })

  it('stays if its checksum or its names do not say where it belongs', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0')
    const repair = new Repair(store, await store.features.current())
    const text = await readFile(join(storageDir, 'p/1.0.0.json'), 'utf8')
    for (const content of [
      text.replace('Summarise', 'Falsified').replace('"1.0.0"', '"5.0.0"'),
      '{"prompt_id": "p", "version": "../../x"}',
      '{"prompt_id": "p", "version": 3}',
      '{"prompt_id": "", "version": "3.0.0"}',
      'not JSON',
    ]) {
      await writeFile(join(storageDir, 'p/7.0.0.json'), content)
      expect(await repair.moveToPlace(AT_SEVEN, Buffer.from(content), 'plain')).toBe(false)
    }
    expect((await readdir(join(storageDir, 'p'))).sort()).toEqual(['1.0.0.json', '7.0.0.json'])
  })

  it('is not taken out of the trash', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir, { enableTrash: true })
    await save(store, 'p', '1.0.0')
    const bytes = await readFile(join(storageDir, 'p/1.0.0.json'))
    await store.directory.commit([
      store.trash.moveIn({ place: store.layout.placeOf('p', '1.0.0'), found: bytes }, new Date()),
      { kind: 'remove', path: 'p/1.0.0.json' },
    ])
    const [trashed] = await store.trash.list('p')
    const repair = new Repair(store, await store.features.current())
    const from = { ...AT_SEVEN, path: trashed?.path ?? '' }
    expect(await repair.moveToPlace(from, bytes, 'plain')).toBe(false)
    expect(await store.trash.list('p')).toEqual([trashed])
  })
})

it('a file in quarantine keeps its path and its bytes; one that is gone is not put there', async () => {
  const storageDir = await tempDirectory()
  const store = await openParts(storageDir)
  await save(store, 'p', '1.0.0')
  await writeFile(join(storageDir, 'p/1.0.0.json'), 'damaged')
  const repair = new Repair(store, await store.features.current())
  expect(await repair.quarantine('p/1.0.0.json')).toBe(true)
  const [name = '', ...more] = await readdir(join(storageDir, '.quarantine/p'))
  expect(more).toEqual([])
  expect(name).toMatch(/^1\.0\.0\.json\.\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z$/)
  expect(await readFile(join(storageDir, '.quarantine/p', name), 'utf8')).toBe('damaged')
  expect(await repair.quarantine('p/1.0.0.json')).toBe(false)
})

it('an altered file is written as it was; one that is as it was is left alone', async () => {
  const storageDir = await tempDirectory()
  const store = await openParts(storageDir)
  await save(store, 'p', '1.0.0')
  const path = join(storageDir, 'p/1.0.0.json')
  const before = await readFile(path)
  const altered = Buffer.from(`\ufeff${before.toString().replaceAll('\n', '\r\n')}`)
  await writeFile(path, altered)
  const repair = new Repair(store, await store.features.current())
  expect(await repair.restore('p/1.0.0.json', altered)).toBe(true)
  expect((await readFile(path)).equals(before)).toBe(true)
  expect(await repair.restore('p/1.0.0.json', before)).toBe(false)
})

it('the id of a prompt is written again only where its directory has a hashed name', async () => {
  const storageDir = await tempDirectory()
  const store = await openParts(storageDir)
  const long = 'x'.repeat(700)
  await save(store, long, '1.0.0')
  const path = join(storageDir, store.layout.promptFile(long) ?? '')
  const before = await readFile(path)
  await rm(path)
  const repair = new Repair(store, await store.features.current())
  expect(await repair.restoreId(long)).toBe(true)
  expect((await readFile(path)).equals(before)).toBe(true)
  await mkdir(join(storageDir, 'p'))
  expect(await repair.restoreId('p')).toBe(false)
  expect(await readdir(join(storageDir, 'p'))).toEqual([])
  expect(dirname(path)).not.toBe(join(storageDir, 'p'))
})
