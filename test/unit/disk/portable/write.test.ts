import { link, mkdir, readdir, readFile, stat, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import {
  createFile,
  pruneParents,
  publishStaged,
  removeEmptyDirectory,
  removeFile,
  renameFile,
  stageFile,
  unlinkPresent,
  writeFully,
} from '../../../../src/disk/portable/write.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_MODES } from '../../../support/windows.js'
import { failure, text } from '../support.js'

const newRoot = async (): Promise<PortableRoot> =>
  new PortableRoot(await tempDirectory(), 0o640, 0o700)
const below = ({ directory }: PortableRoot, path: string): string => join(directory, path)

/** A handle that writes at most that many bytes at once. */
function shortWriter(atOnce: number) {
  const written: Record<number, number> = {}
  const write = async (bytes: Uint8Array, from: number, length: number, position: number) => {
    const bytesWritten = Math.min(atOnce, length)
    for (let at = 0; at < bytesWritten; at++) written[position + at] = bytes[from + at] ?? -1
    return await Promise.resolve({ bytesWritten, buffer: bytes })
  }
  return { written, handle: { write } as unknown as FileHandle }
}

describe('writing', () => {
  it('goes on where the system has stopped, and fails where it writes nothing', async () => {
    const short = shortWriter(3)
    await writeFully(short.handle, Uint8Array.of(1, 2, 3, 4, 5, 6, 7), 10)
    expect(short.written).toEqual({ 10: 1, 11: 2, 12: 3, 13: 4, 14: 5, 15: 6, 16: 7 })
    const none = writeFully(shortWriter(0).handle, Uint8Array.of(1), 0)
    await expect(none).rejects.toMatchObject({ code: 'EIO' })
  })

  it('makes a file with its mode, whatever the umask, and never over another', async ({ skip }) => {
    skip(isWindows, NO_MODES)
    const root = await newRoot()
    const before = process.umask(0o077)
    try {
      await (await createFile(root, 'file')).close()
    } finally {
      process.umask(before)
    }
    expect((await stat(below(root, 'file'))).mode & 0o777).toBe(0o640)
    expect((await failure(createFile(root, 'file'))).code).toBe('EEXIST')
  })
})

describe('a staged file', () => {
  it('gets its name only where that is free, or where it is to replace', async () => {
    const root = await newRoot()
    const staged = await stageFile(root, text('new'), { flush: true })
    await writeFile(below(root, 'file'), 'old')
    expect(await failure(publishStaged(root, staged, 'file', false))).toMatchObject({
      code: 'EEXIST',
      phase: 'name',
    })
    expect(await readFile(below(root, 'file'), 'utf8')).toBe('old')
    await publishStaged(root, staged, 'file', true)
    expect(await readFile(below(root, 'file'), 'utf8')).toBe('new')
    expect(await unlinkPresent(root, staged)).toBe(false)
  })

  it('has its name already if the reply to its link was lost, as on NFS', async () => {
    const root = await newRoot()
    const staged = await stageFile(root, text('new'), { flush: false })
    await link(below(root, staged), below(root, 'file'))
    await publishStaged(root, staged, 'file', false)
    expect(await unlinkPresent(root, staged)).toBe(true)
    expect(await readFile(below(root, 'file'), 'utf8')).toBe('new')
  })

  it('replaces no directory', async () => {
    const root = await newRoot()
    const staged = await stageFile(root, text('new'), { flush: false })
    await mkdir(below(root, 'directory'))
    const refused = await failure(publishStaged(root, staged, 'directory', true))
    expect(refused.code).toBe('EISDIR')
  })
})

describe('renaming', () => {
  it('leaves one name, also between two names of one file', async () => {
    const root = await newRoot()
    await writeFile(below(root, 'one'), 'x')
    await link(below(root, 'one'), below(root, 'two'))
    await renameFile(root, 'one', 'two', { replace: true })
    expect(await readdir(root.directory)).toEqual(['two'])
    await renameFile(root, 'two', 'd/three', { replace: false })
    expect(await readdir(root.directory)).toEqual(['d'])
    expect(await readFile(below(root, 'd/three'), 'utf8')).toBe('x')
  })

  it('refuses what is missing or a directory, and never takes a name away', async () => {
    const root = await newRoot()
    await mkdir(below(root, 'directory'))
    for (const name of ['one', 'two']) await writeFile(below(root, name), name)
    const rename = async (from: string): Promise<string> =>
      (await failure(renameFile(root, from, 'two', { replace: false }))).code
    expect(await Promise.all(['missing', 'directory', 'one'].map(rename))).toEqual([
      'ENOENT',
      'EISDIR',
      'EEXIST',
    ])
    expect(await readFile(below(root, 'two'), 'utf8')).toBe('two')
  })
})

describe('removing', () => {
  it('says whether there was a file, and takes no directory for one', async () => {
    const root = await newRoot()
    await mkdir(below(root, 'directory'))
    await writeFile(below(root, 'file'), '')
    expect([await removeFile(root, 'file'), await removeFile(root, 'file')]).toEqual([true, false])
    expect((await failure(removeFile(root, 'directory'))).code).toBe('EISDIR')
    expect(await removeFile(root, 'missing/file')).toBe(false)
  })

  it('of empty directories ends at the first that is not, and never takes the volume', async () => {
    const root = await newRoot()
    await mkdir(below(root, 'kept/a/b'), { recursive: true })
    await writeFile(below(root, 'kept/file'), '')
    await pruneParents(root, 'kept/a/b/gone')
    expect(await readdir(below(root, 'kept'))).toEqual(['file'])
    expect(await removeEmptyDirectory(root, 'kept')).toBe(false)
    await removeFile(root, 'kept/file')
    await pruneParents(root, 'kept/file')
    expect(await readdir(root.directory)).toEqual([])
  })
})
