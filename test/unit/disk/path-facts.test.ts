import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  birthMs,
  blockingFile,
  doOverlap,
  linkFile,
  realPlace,
} from '../../../src/disk/path-facts.js'
import { tempDirectory } from '../../support/temp.js'

describe('what keeps a path from being a directory', () => {
  it('is the path itself or the nearest file above it', async () => {
    const directory = await tempDirectory()
    const file = join(directory, 'file')
    await writeFile(file, '')
    expect(await blockingFile(file)).toBe(file)
    expect(await blockingFile(join(file, 'a', 'b'))).toBe(file)
  })

  it('is nothing where it is a directory, or can become one', async () => {
    const directory = await tempDirectory()
    await mkdir(join(directory, 'inner'))
    expect(await blockingFile(join(directory, 'inner'))).toBeUndefined()
    expect(await blockingFile(join(directory, 'new', 'below'))).toBeUndefined()
    // A link that leads nowhere is not seen: what is above it is a directory.
    await symlink(join(directory, 'nowhere'), join(directory, 'link'))
    expect(await blockingFile(join(directory, 'link'))).toBeUndefined()
  })
})

describe('when a file was made', () => {
  it('is a time between the one before and the one after, or not known', async () => {
    const directory = await tempDirectory()
    const slackMs = 2000
    const before = Date.now() - slackMs
    await writeFile(join(directory, 'file'), '')
    const born = await birthMs(directory, 'file')
    if (born !== undefined) {
      expect(born).toBeGreaterThan(before)
      expect(born).toBeLessThan(Date.now() + slackMs)
    }
    expect(await birthMs(directory, 'missing')).toBeUndefined()
    expect(await birthMs(directory, 'file/below')).toBeUndefined()
  })
})

describe('the real place of a directory', () => {
  it('is without links, also when it is missing yet', async () => {
    const directory = await tempDirectory()
    await mkdir(join(directory, 'real'))
    await symlink(join(directory, 'real'), join(directory, 'link'))
    const real = join(directory, 'real')
    expect(await realPlace(join(directory, 'link'))).toBe(real)
    expect(await realPlace(join(directory, 'link', 'new', 'below'))).toBe(
      join(real, 'new', 'below'),
    )
    expect(await realPlace('relative')).toBe(resolve('relative'))
  })

  it('overlaps with itself and with what is below it', () => {
    expect(doOverlap('/a/b', '/a/b')).toBe(true)
    expect(doOverlap('/a', '/a/b')).toBe(true)
    expect(doOverlap('/a/b/c', '/a/b')).toBe(true)
    expect(doOverlap('/a/b', '/a/c')).toBe(false)
    expect(doOverlap('/a/b', '/a/bc')).toBe(false)
    expect(doOverlap('/a/..b', '/a')).toBe(true)
  })
})

describe('a second name of a file', () => {
  it('is the same file', async () => {
    const directory = await tempDirectory()
    const [one, other] = [join(directory, 'one'), join(directory, 'other')]
    await writeFile(one, 'x')
    await linkFile(one, other)
    expect(await readFile(other, 'utf8')).toBe('x')
    expect((await stat(one)).nlink).toBe(2)
    await expect(linkFile(one, other)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(linkFile(join(directory, 'no'), other)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
