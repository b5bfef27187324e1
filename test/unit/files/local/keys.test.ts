import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { HOSTILE_KEYS } from '../../../../src/files/conformance/keys.js'
import { compareKeys } from '../../../../src/files/key.js'
import { inferNames, walkKeys } from '../../../../src/files/local/keys.js'
import { documentPath, payloadName } from '../../../../src/files/local/path.js'
import { tempDirectory } from '../../../support/temp.js'
import { listOf } from '../support.js'

const KEYS = ['reports/2026.pdf', 'Reports/Summary.txt']

const documentsOf = (foldCase: boolean, keys: readonly string[] = KEYS): string[] =>
  keys.map((key) => documentPath(payloadName(key, { foldCase })))

/** A directory with these documents, whatever they say. */
async function holding(documents: readonly string[]): Promise<Store> {
  const path = await tempDirectory()
  for (const file of documents) {
    await mkdir(join(path, dirname(file)), { recursive: true })
    await writeFile(join(path, file), '{}')
  }
  return await Store.open(path, { adopt: true, disk: 'portable' })
}

async function inferred(documents: readonly string[], foldCase: boolean): Promise<unknown> {
  await using directory = await holding(documents)
  return await inferNames(directory.volume, foldCase)
}

/** The keys that a walk finds, and the directories that it lists for them. */
async function walked(
  documents: readonly string[],
  prefix: string = '',
  after?: string,
): Promise<{ readonly keys: string[]; readonly listed: string[] }> {
  await using directory = await holding(documents)
  const listed: string[] = []
  const list = vi.spyOn(directory.volume, 'list')
  const keys = await listOf(walkKeys(directory, { foldCase: true }, prefix, after))
  for (const [path] of list.mock.calls) listed.push(path)
  return { keys, listed }
}

describe('the keys of a tree of documents', () => {
  it('come in the order of their bytes, however they are written on the disk', async () => {
    const { keys } = await walked(documentsOf(true, HOSTILE_KEYS))
    expect(keys).toEqual([...HOSTILE_KEYS].sort(compareKeys))
    const near = ['a/b', 'a-b', 'a', 'a.b/c', 'a0', 'a/b/c']
    expect((await walked(documentsOf(true, near))).keys).toEqual([...near].sort(compareKeys))
  })

  it('are found without a look into directories where none can be', async () => {
    const documents = documentsOf(true, ['a/1', 'a/2', 'b/c/1', 'b/d/1', 'z/1'])
    const below = await walked(documents, 'b/c')
    expect(below.keys).toEqual(['b/c/1'])
    expect(below.listed).toEqual(['.meta', '.meta/b', '.meta/b/c'])
    const later = await walked(documents, '', 'b/c/1')
    expect(later.keys).toEqual(['b/d/1', 'z/1'])
    expect(later.listed).not.toContain('.meta/a')
    expect((await walked(documents, 'a/1', 'a/1')).keys).toEqual([])
    expect((await walked(documents, 'none')).listed).toEqual(['.meta'])
  })

  it('are none of the names that no key is written as', async () => {
    const foreign = ['.meta/notes.txt', '.meta/a.txt.json~', '.meta/%zz~f.json', '.meta/A~f.json']
    expect((await walked([...documentsOf(true, ['a']), ...foreign])).keys).toEqual(['a'])
    expect((await walked([])).keys).toEqual([])
  })
})

describe('the names of files whose mark is lost', () => {
  it.each([true, false])('tell by their upper case whether they are folded: %s', async (folded) => {
    expect(await inferred(documentsOf(folded), folded)).toBe(folded)
    expect(await inferred(documentsOf(folded), !folded)).toBe(folded)
  })

  it('are as this disk would have them where they are the same either way', async () => {
    const same = documentsOf(true, ['reports/2026.pdf'])
    expect(await inferred(same, true)).toBe(true)
    expect(await inferred(same, false)).toBe(false)
  })

  it('tell nothing where there is no file', async () => {
    expect(await inferred([], true)).toBe('empty')
  })

  it('are unclear where both ways are mixed', async () => {
    expect(await inferred([...documentsOf(true), ...documentsOf(false)], false)).toBe('unclear')
  })
})
