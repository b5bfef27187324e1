import { spawnSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expandInputPath, readFileBelow, readInputFile } from '../../../src/disk/input-files.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_FIFO } from '../../support/windows.js'

describe('readInputFile', () => {
  it('reads a file, through a symlink too', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'file'), 'content')
    await symlink('file', join(directory, 'link'))
    for (const name of ['file', 'link']) {
      const bytes = await readInputFile(join(directory, name), 100)
      expect(Buffer.from(bytes).toString()).toBe('content')
    }
  })

  it('refuses a file over the limit, a directory and a missing file with their codes', async () => {
    const directory = await tempDirectory()
    const file = join(directory, 'file')
    await writeFile(file, '12345')
    await expect(readInputFile(file, 4)).rejects.toMatchObject({
      name: 'DiskError',
      code: 'EFBIG',
      path: file,
    })
    await expect(readInputFile(file, 5)).resolves.toHaveLength(5)
    await expect(readInputFile(directory, 100)).rejects.toMatchObject({
      name: 'DiskError',
      code: 'EISDIR',
    })
    await expect(readInputFile(`${file}2`, 100)).rejects.toMatchObject({
      name: 'DiskError',
      code: 'ENOENT',
    })
  })
})

describe('readInputFile of a path that was met in a directory', () => {
  it('refuses what is not a regular file, and waits for nothing', async ({ skip }) => {
    skip(isWindows, NO_FIFO)
    const directory = await tempDirectory()
    const fifo = join(directory, 'fifo')
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
    await symlink('/dev/zero', join(directory, 'zero'))
    for (const path of [fifo, join(directory, 'zero'), directory])
      await expect(readInputFile(path, 100, { isNamed: false })).rejects.toMatchObject({
        code: 'EINVAL',
        path,
      })
    await writeFile(join(directory, 'file'), 'content')
    await symlink('file', join(directory, 'link'))
    expect(await readInputFile(join(directory, 'link'), 100, { isNamed: false })).toHaveLength(7)
  })
})

describe('expandInputPath', () => {
  it('gives a file as it is, and of a directory the files with the extensions, sorted', async () => {
    const directory = await tempDirectory()
    for (const name of ['b.yml', 'a.yaml', 'c.txt']) await writeFile(join(directory, name), '')
    await mkdir(join(directory, 'd.yml'))
    const extensions = ['.yml', '.yaml']
    const file = join(directory, 'c.txt')
    expect(await expandInputPath(file, extensions)).toEqual([file])
    const files = [join(directory, 'a.yaml'), join(directory, 'b.yml')]
    expect(await expandInputPath(directory, extensions)).toEqual(files)
    expect(await expandInputPath(`${directory}/`, extensions)).toEqual(files)
  })

  it('rejects for a path that does not exist', async () => {
    const path = join(await tempDirectory(), 'missing')
    await expect(expandInputPath(path, [])).rejects.toMatchObject({
      name: 'DiskError',
      code: 'ENOENT',
      path,
    })
  })
})

describe('readFileBelow', () => {
  it('reads a file of the directory, also through a symlink that stays in it', async () => {
    const directory = await tempDirectory()
    await mkdir(join(directory, 'root', 'sub'), { recursive: true })
    await writeFile(join(directory, 'root', 'sub', 'file'), 'content')
    await symlink(join('sub', 'file'), join(directory, 'root', 'link'))
    for (const name of [join('sub', 'file'), 'link', join(directory, 'root', 'link')])
      expect(Buffer.from(await readFileBelow(join(directory, 'root'), name, 100)).toString()).toBe(
        'content',
      )
  })

  it('refuses what is not in it, whichever way leads there', async () => {
    const directory = await tempDirectory()
    const root = join(directory, 'root')
    await mkdir(root)
    await writeFile(join(directory, 'secret'), 'content')
    await symlink(join('..', 'secret'), join(root, 'link'))
    for (const name of [join('..', 'secret'), join(directory, 'secret'), 'link', '.', '..'])
      await expect(readFileBelow(root, name, 100), name).rejects.toMatchObject({ code: 'EACCES' })
    await expect(readFileBelow(root, 'missing', 100)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
