import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  expandPath,
  readMatching,
  readNamedFile,
  readTree,
  textOf,
} from '../../../src/interchange/directory.js'
import { tempDirectory } from '../../support/temp.js'

async function tree(): Promise<string> {
  const directory = await tempDirectory()
  await mkdir(join(directory, 'sub/.hidden'), { recursive: true })
  await writeFile(join(directory, 'b.txt'), '\uFEFFé\r\n')
  await writeFile(join(directory, 'sub/a.txt'), 'a')
  await writeFile(join(directory, 'sub/.hidden/c.txt'), 'c')
  await writeFile(join(directory, 'latin.txt'), Buffer.from([0xe9]))
  await symlink('missing.txt', join(directory, 'z.txt'))
  return directory
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const list: Value[] = []
  for await (const value of values) list.push(value)
  return list
}

describe('the files of a directory', () => {
  it('are read with all below it, in the order of their paths; others are refused', async () => {
    expect(await all(readTree(await tree(), ['.txt']))).toEqual([
      { path: 'b.txt', text: '\uFEFFé\r\n' },
      { kind: 'refused', place: 'latin.txt', reason: 'it is not UTF-8 text' },
      { path: 'sub/a.txt', text: 'a' },
      { kind: 'refused', place: 'z.txt', reason: expect.stringContaining('ENOENT') },
    ])
  })

  it('are found by a pattern, or by their name', async () => {
    const directory = await tree()
    const found = async (pattern: string): Promise<unknown> =>
      await all(readMatching(directory, pattern))
    expect(await found('b.txt')).toEqual([{ path: 'b.txt', text: '\uFEFFé\r\n' }])
    expect(await found('sub/*.txt')).toEqual([{ path: 'sub/a.txt', text: 'a' }])
    expect(await found('**/a.*')).toEqual([{ path: 'sub/a.txt', text: 'a' }])
    expect(await found('no/*.txt')).toEqual([])
    expect(await found('no.txt')).toMatchObject([{ kind: 'refused', place: 'no.txt' }])
  })

  it('that are named have to be there', async () => {
    const directory = await tree()
    expect(await readNamedFile(join(directory, 'sub/a.txt'))).toMatchObject({ text: 'a' })
    await expect(readNamedFile(join(directory, 'latin.txt'))).rejects.toMatchObject({
      code: 'OPT-FORMAT-001',
      message: expect.stringContaining('it is not UTF-8 text'),
    })
    const missing = join(directory, 'missing')
    for (const read of [
      async () => await readNamedFile(missing),
      async () => await expandPath(missing, ['.txt']),
      async () => await all(readTree(missing, ['.txt'])),
    ])
      await expect(read()).rejects.toMatchObject({
        code: 'OPT-FORMAT-001',
        context: { path: missing },
      })
  })

  it('are text if their bytes are UTF-8', () => {
    expect(textOf(Buffer.from('é'))).toBe('é')
    expect(textOf(Buffer.from([0xff]))).toBeUndefined()
  })
})
