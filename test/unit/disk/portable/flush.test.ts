import { mkdir, open, readlink, symlink, writeFile, type FileHandle } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { flushAncestors, flushDirectories, flushMany } from '../../../../src/disk/portable/flush.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { tempDirectory } from '../../../support/temp.js'
import { failure } from '../support.js'

afterEach(() => void vi.restoreAllMocks())

async function treeOf(...paths: string[]): Promise<PortableRoot> {
  const directory = await tempDirectory()
  for (const path of paths) {
    if (path.endsWith('/')) await mkdir(join(directory, path), { recursive: true })
    else await writeFile(join(directory, path), '')
  }
  return new PortableRoot(directory, 0o600, 0o700)
}

/** The paths that `work` flushes, in order; each flush is made. */
async function flushedBy(root: PortableRoot, work: () => Promise<void>): Promise<string[]> {
  const handle = await open(root.directory)
  const prototype = Object.getPrototypeOf(handle) as FileHandle
  await handle.close()
  const { sync } = prototype
  const flushed: string[] = []
  vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
    const path = await readlink(`/proc/self/fd/${this.fd}`)
    flushed.push(relative(root.directory, path))
    await sync.call(this)
  })
  await work()
  return flushed
}

describe.runIf(process.platform === 'linux')('flushing', () => {
  it('takes files first, then each directory once, and passes over what is missing', async () => {
    const root = await treeOf('d/', 'd/file', 'file')
    const flushed = await flushedBy(root, async () => {
      await flushMany(root, ['file', 'missing', 'd/file'], ['d', '', 'd', 'gone', ''])
    })
    expect(flushed.slice(0, 2).sort()).toEqual(['d/file', 'file'])
    expect(flushed.slice(2).sort()).toEqual(['', 'd'])
  })

  it('goes through no link', async () => {
    const root = await treeOf('real/', 'real/file')
    await symlink(join(root.directory, 'real'), join(root.directory, 'link'))
    const refused = await failure(flushDirectories(root, ['link']))
    expect(refused.code).toBe('ELOOP')
  })

  it('of the way to the volume takes the directories above it, nearest first', async () => {
    const root = await treeOf('a/b/')
    const flushed = await flushedBy(root, async () => {
      await flushAncestors(join(root.directory, 'a', 'b'))
    })
    expect(flushed.slice(0, 3)).toEqual(['a', '', '..'])
  })
})
