import { chmod, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replaceFile } from '../../../src/cli/replace-file.js'
import { tempDirectory } from '../../support/temp.js'

describe('replaceFile', () => {
  it('keeps the mode, and the symlink that leads to the file', async () => {
    const directory = await tempDirectory()
    const [file, link] = [join(directory, 'a'), join(directory, 'b')]
    await writeFile(file, 'old')
    await chmod(file, 0o640)
    await symlink('a', link)
    await replaceFile(link, 'old', 'new')
    expect(await readFile(file, 'utf8')).toBe('new')
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    expect(await readlink(link)).toBe('a')
    expect(await readdir(directory)).toEqual(['a', 'b'])
  })

  it('leaves a file alone that was changed meanwhile, and no other behind', async () => {
    const directory = await tempDirectory()
    const file = join(directory, 'a')
    await writeFile(file, 'newer')
    await expect(replaceFile(file, 'old', 'new')).rejects.toThrow(
      `${file} was changed meanwhile: try again`,
    )
    expect(await readFile(file, 'utf8')).toBe('newer')
    expect(await readdir(directory)).toEqual(['a'])
  })

  it('names a file that cannot be written', async () => {
    const file = join(await tempDirectory(), 'missing')
    await expect(replaceFile(file, 'old', 'new')).rejects.toMatchObject({
      code: 'CLI-INPUT-001',
      message: `${file} cannot be rewritten: there is no such file`,
    })
  })
})
