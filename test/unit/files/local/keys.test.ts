import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { inferNames } from '../../../../src/files/local/keys.js'
import { documentPath, payloadName } from '../../../../src/files/local/path.js'
import { tempDirectory } from '../../../support/temp.js'

const KEYS = ['reports/2026.pdf', 'Reports/Summary.txt']

const documentsOf = (foldCase: boolean, keys: readonly string[] = KEYS): string[] =>
  keys.map((key) => documentPath(payloadName(key, { foldCase })))

async function inferred(documents: readonly string[], foldCase: boolean): Promise<unknown> {
  const path = await tempDirectory()
  for (const file of documents) {
    await mkdir(join(path, dirname(file)), { recursive: true })
    await writeFile(join(path, file), '{}')
  }
  await using directory = await Store.open(path, { adopt: true })
  return await inferNames(directory.volume, foldCase)
}

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
