import { spawnSync } from 'node:child_process'
import { constants } from 'node:fs'
import { link, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  listDirectory,
  openInPlace,
  openRegular,
  readFileRange,
  readFileWhole,
  statPath,
} from '../../../../src/disk/portable/read.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_FIFO } from '../../../support/windows.js'
import { failure, readable } from '../support.js'

const newRoot = async (): Promise<PortableRoot> =>
  new PortableRoot(await tempDirectory(), 0o600, 0o700)
const below = ({ directory }: PortableRoot, path: string): string => join(directory, path)

describe('reading a file', () => {
  it('gives all of it up to a limit, and parts of it within its ends', async () => {
    const root = await newRoot()
    await writeFile(below(root, 'file'), '0123456789')
    expect(readable(await readFileWhole(root, 'file', 10))).toBe('0123456789')
    expect(await failure(readFileWhole(root, 'file', 9))).toMatchObject({ reason: 'too_long' })
    const part = async (offset: number, length: number): Promise<string | undefined> =>
      readable(await readFileRange(root, 'file', offset, length))
    expect(await part(3, 4)).toBe('3456')
    expect(await part(8, 100)).toBe('89')
    expect(await part(10, 5)).toBe('')
    expect(await part(1000, 5)).toBe('')
  })

  it('is undefined where it is missing at any depth, and refused below a file', async () => {
    const root = await newRoot()
    await writeFile(below(root, 'file'), '')
    expect(await readFileWhole(root, 'missing/below/file', 1)).toBeUndefined()
    expect((await failure(readFileWhole(root, 'file/below', 1))).code).toBe('ENOTDIR')
  })

  it('follows no link, neither at the file nor above it', async () => {
    const root = await newRoot()
    await mkdir(below(root, 'real'))
    await writeFile(below(root, 'real/file'), 'secret')
    await symlink(below(root, 'real/file'), below(root, 'link'))
    await symlink(below(root, 'real'), below(root, 'way'), 'junction')
    expect((await failure(readFileWhole(root, 'link', 9))).code).toBe('ELOOP')
    expect((await failure(readFileWhole(root, 'way/file', 9))).code).toBe('ELOOP')
    expect(await statPath(root, 'link')).toMatchObject({ kind: 'other' })
  })

  it('does not wait at a FIFO, for either end', async ({ skip }) => {
    skip(isWindows, NO_FIFO)
    const root = await newRoot()
    spawnSync('mkfifo', [below(root, 'fifo')])
    for (const flags of [constants.O_RDONLY, constants.O_WRONLY])
      expect((await failure(openRegular(root, 'fifo', flags))).code).toBe('EINVAL')
  })

  it('leaves no descriptor open where it refuses', async ({ skip }) => {
    skip(process.platform !== 'linux', 'needs a list of descriptors')
    const root = await newRoot()
    await mkdir(below(root, 'directory'))
    await writeFile(below(root, 'file'), 'x')
    await link(below(root, 'file'), below(root, 'second'))
    const count = async (): Promise<number> => (await readdir('/proc/self/fd')).length
    const before = await count()
    for (let at = 0; at < 20; at++) {
      expect((await failure(openRegular(root, 'directory', constants.O_RDONLY))).code).toBe(
        'EISDIR',
      )
      expect((await failure(openInPlace(root, 'file', constants.O_RDWR))).code).toBe('EMLINK')
      expect((await failure(readFileWhole(root, 'file', 0))).code).toBe('EFBIG')
    }
    expect(await count()).toBe(before)
  })
})

describe('what is in a directory', () => {
  it('are its entries, each with its kind, and links are neither files nor directories', async () => {
    const root = await newRoot()
    await mkdir(below(root, 'd/inner'), { recursive: true })
    await writeFile(below(root, 'd/file'), '')
    await symlink(below(root, 'd'), below(root, 'd/link'), 'junction')
    const entries = (await listDirectory(root, 'd')) ?? []
    expect(entries.map(({ name, kind }) => `${name}: ${kind}`).sort()).toEqual([
      'file: file',
      'inner: directory',
      'link: other',
    ])
    expect(await listDirectory(root, 'missing')).toBeUndefined()
    expect((await failure(listDirectory(root, 'd/file'))).code).toBe('ENOTDIR')
  })

  it('shows in its stamp, which a change of its entries changes', async () => {
    const root = await newRoot()
    await mkdir(below(root, 'd'))
    const stamp = async (): Promise<string | undefined> => (await statPath(root, 'd'))?.stamp
    const before = await stamp()
    expect(before).toMatch(/^[0-9a-f]+-[0-9a-f]+$/)
    expect(await stamp()).toBe(before)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await writeFile(below(root, 'd/file'), '')
    expect(await stamp()).not.toBe(before)
    expect((await statPath(root, 'd/file'))?.stamp).toBeUndefined()
  })
})
