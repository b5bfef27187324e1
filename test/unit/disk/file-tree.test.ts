import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  compareTreeFile,
  isDirectory,
  listNames,
  listTree,
  writeTreeFile,
} from '../../../src/disk/file-tree.js'
import { tempDirectory } from '../../support/temp.js'

describe('a tree of files', () => {
  it('is listed with all below it, sorted, by extension, without hidden names', async () => {
    const directory = await tempDirectory()
    for (const name of ['b/c', '.git', 'd.txt'])
      await mkdir(join(directory, name), { recursive: true })
    for (const name of ['z.txt', 'b/a.txt', 'b/c/x.txt', 'b/x.md', '.git/a.txt', '.a.txt'])
      await writeFile(join(directory, name), name)
    await symlink('z.txt', join(directory, 'link.txt'))
    expect(await listTree(directory, ['.txt'])).toEqual([
      'b/a.txt',
      'b/c/x.txt',
      'link.txt',
      'z.txt',
    ])
    expect(await listTree(directory, ['.md', '.no'])).toEqual(['b/x.md'])
    expect(await listNames(join(directory, 'b'))).toHaveLength(3)
  })

  it('that does not exist is an error', async () => {
    const missing = join(await tempDirectory(), 'missing')
    await expect(listTree(missing, [''])).rejects.toMatchObject({
      name: 'DiskError',
      code: 'ENOENT',
    })
    await expect(listNames(missing)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await isDirectory(missing)).toBe(false)
  })

  it('is a directory, and not a file', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'file'), '')
    expect([await isDirectory(directory), await isDirectory(join(directory, 'file'))]).toEqual([
      true,
      false,
    ])
  })
})

describe('a file of a tree', () => {
  it('is written with the directories above it, and left alone if it has the text', async () => {
    const path = join(await tempDirectory(), 'a/b/c.txt')
    expect(await compareTreeFile(path, 'é')).toBe('written')
    expect(await writeTreeFile(path, 'é', false)).toBe('written')
    expect(await readFile(path, 'utf8')).toBe('é')
    expect(await writeTreeFile(path, 'é', false)).toBe('unchanged')
    expect(await compareTreeFile(path, 'é')).toBe('unchanged')
  })

  it('with another text is replaced only on request', async () => {
    const path = join(await tempDirectory(), 'a.txt')
    await writeFile(path, 'mine')
    expect(await compareTreeFile(path, 'new')).toBe('differs')
    expect(await writeTreeFile(path, 'new', false)).toBe('differs')
    expect(await readFile(path, 'utf8')).toBe('mine')
    expect(await writeTreeFile(path, 'new', true)).toBe('written')
    expect(await readFile(path, 'utf8')).toBe('new')
  })

  it('that cannot be written leaves nothing behind', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'file'), '')
    await expect(writeTreeFile(join(directory, 'file/a.txt'), 'x', true)).rejects.toMatchObject({
      name: 'DiskError',
    })
    await mkdir(join(directory, 'a.txt'))
    await expect(writeTreeFile(join(directory, 'a.txt'), 'x', true)).rejects.toMatchObject({
      name: 'DiskError',
    })
    expect(await readdir(directory)).toEqual(['a.txt', 'file'])
  })
})
