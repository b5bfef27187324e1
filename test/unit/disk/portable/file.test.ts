import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  createPortableFile,
  openPortableFile,
  type PortableFile,
} from '../../../../src/disk/portable/file.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import type { RunOperation } from '../../../../src/disk/portable/committer.js'
import { tempDirectory } from '../../../support/temp.js'
import { failure, readable, text } from '../support.js'

const run: RunOperation = async (_name, work) => await work()

async function newRoot(): Promise<{ root: PortableRoot; open: Set<PortableFile> }> {
  return { root: new PortableRoot(await tempDirectory(), 0o600, 0o700), open: new Set() }
}

describe('an open file of the portable disk', () => {
  it('is the file that was opened, and ends where it ended then', async () => {
    const { root, open } = await newRoot()
    const path = join(root.directory, 'file')
    await writeFile(path, 'first')
    const file = await openPortableFile(root, run, open, 'file')
    await rename(path, `${path}.old`)
    await writeFile(path, 'second')
    await writeFile(`${path}.old`, ' and more', { flag: 'a' })
    expect(file?.bytes).toBe(5)
    expect(readable(await file?.read(0, 100))).toBe('first')
    expect(readable(await file?.read(3, 2))).toBe('st')
    expect(await file?.read(9, 5)).toEqual(new Uint8Array(0))
    await file?.close()
  })

  it('counts as open until it is closed, and then takes no call', async () => {
    const { root, open } = await newRoot()
    await writeFile(join(root.directory, 'file'), 'x')
    const file = await openPortableFile(root, run, open, 'file')
    expect(open.size).toBe(1)
    const reading = file?.read(0, 1)
    await Promise.all([file?.close(), file?.close()])
    expect(readable(await reading)).toBe('x')
    expect(open.size).toBe(0)
    const late = await failure(Promise.resolve(file?.read(0, 1)))
    expect(late).toMatchObject({ code: 'EBADF', syscall: 'read', path: 'file', phase: 'read' })
  })

  it('is undefined where there is none, and then counts for nothing', async () => {
    const { root, open } = await newRoot()
    expect(await openPortableFile(root, run, open, 'missing')).toBeUndefined()
    expect((await failure(openPortableFile(root, run, open, ''))).code).toBe('EISDIR')
    expect(open.size).toBe(0)
  })
})

describe('a new file of the portable disk', () => {
  it('gets each piece behind the last, with the directories above it, over no other file', async () => {
    const { root, open } = await newRoot()
    const file = await createPortableFile(root, run, open, 'd/e/file')
    for (const piece of ['one', '', ' two']) await file.append(text(piece))
    await file.flush()
    await file.close()
    const again = await openPortableFile(root, run, open, 'd/e/file')
    expect(readable(await again?.read(0, 100))).toBe('one two')
    await again?.close()
    expect((await failure(createPortableFile(root, run, open, 'd/e/file'))).code).toBe('EEXIST')
    expect(await failure(file.flush())).toMatchObject({ code: 'EBADF', phase: 'flush' })
  })
})
