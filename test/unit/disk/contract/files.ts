import { readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { DiskError } from '../../../../src/disk/disk-error.js'
import { modeHere } from '../../../support/modes.js'
import { tempDirectory } from '../../../support/temp.js'
import { openFileContract } from './open-files.js'
import { stampContract } from './stamps.js'
import { besideVolume, failure, openVolume, readable, text } from '../support.js'

const NEW = { replace: false, flush: false }
const OVER = { replace: true, flush: false }

export function fileContract(makeDisk: () => Disk): void {
  openingContract(makeDisk)
  readingContract(makeDisk)
  stampContract(makeDisk)
  writingContract(makeDisk)
  openFileContract(makeDisk)
  removingContract(makeDisk)
}

function openingContract(makeDisk: () => Disk): void {
  besideVolume(makeDisk)(
    'creates a missing directory and its parents for the owner alone',
    async () => {
      const directory = join(await tempDirectory(), 'a', 'b')
      const volume = await openVolume(makeDisk(), directory)
      expect(volume.directory).toBe(directory)
      expect((await stat(directory)).mode & 0o777).toBe(modeHere(0o700))
      expect((await stat(join(directory, '..'))).mode & 0o777).toBe(modeHere(0o700))
    },
  )

  besideVolume(makeDisk)(
    'leaves a missing directory missing when it is not to be created',
    async () => {
      const parent = await tempDirectory()
      const opening = makeDisk().openVolume(join(parent, 'a'), {
        ioTimeoutMs: 0,
        fileMode: 0o600,
        directoryMode: 0o700,
        create: false,
      })
      expect((await failure(opening)).code).toBe('ENOENT')
      expect(await readdir(parent)).toEqual([])
    },
  )

  besideVolume(makeDisk)('writes nothing when it is opened read-only, and reads', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, 'a'), 'x')
    const volume = await openVolume(makeDisk(), directory, { readOnly: true, create: false })
    const changes = [
      async () => await volume.write('b', text('x'), NEW),
      async () => await volume.remove('a'),
      async () => await volume.rename('a', 'b', { replace: true }),
      async () => await volume.makeDirectory('d'),
      async () => await volume.createFile('b'),
      async () => await volume.createSegment('s', 4096),
      async () => await volume.lock('l', 'shared', { timeoutMs: 0 }),
      async () => await volume.openCommitter({ lockPath: 'l', pagePath: 'p' }),
    ]
    for (const change of changes) expect((await failure(change())).code).toBe('EROFS')
    expect(volume.capabilities).toMatchObject({ readOnly: true, warnings: [] })
    expect(readable(await volume.read('a'))).toBe('x')
    expect(await readdir(directory)).toEqual(['a'])
  })

  it('answers EBADF once it is closed, and closes twice without harm', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.close()
    await volume.close()
    expect((await failure(volume.read('a'))).code).toBe('EBADF')
    expect((await failure(volume.write('a', text('x'), NEW))).code).toBe('EBADF')
  })

  besideVolume(makeDisk)('finishes what is under way before it is closed', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    const writes = Array.from(
      { length: 20 },
      async (_, index) => await volume.write(`f${index}`, text('x'), NEW),
    )
    const closed = volume.close()
    await Promise.all(writes)
    await closed
    const names = (await readdir(directory)).filter((name) => name.startsWith('f'))
    expect(names).toHaveLength(20)
  })
}

function readingContract(makeDisk: () => Disk): void {
  it('reads back whole files of all sizes', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    for (const length of [0, 1, 4095, 4096, 4097, 300_000, 3_000_001]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) & 0xff)
      await volume.write('sizes/file', bytes, OVER)
      const read = await volume.read('sizes/file')
      expect(read?.length).toBe(length)
      expect(Buffer.compare(read ?? new Uint8Array(1), bytes)).toBe(0)
    }
  })

  it('says undefined for what is absent, at every depth', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    expect(await volume.read('absent')).toBeUndefined()
    expect(await volume.read('no/such/directory')).toBeUndefined()
    expect(await volume.readRange('absent', 0, 10)).toBeUndefined()
    expect(await volume.stat('no/absent')).toBeUndefined()
    expect(await volume.list('absent')).toBeUndefined()
    expect(volume.readHot('absent')).toBeUndefined()
  })

  it('reads a range, shorter at the end of the file', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('file', text('0123456789'), NEW)
    expect(readable(await volume.readRange('file', 0, 4))).toBe('0123')
    expect(readable(await volume.readRange('file', 8, 4))).toBe('89')
    expect(readable(await volume.readRange('file', 10, 4))).toBe('')
    expect(readable(await volume.readRange('file', 99, 4))).toBe('')
  })

  it('reads many files at once, each with its own result', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('a', text('A'), NEW)
    await volume.write('d/b', text('B'), NEW)
    const [a, absent, directory, b] = await volume.readMany(['a', 'x', 'd', 'd/b'])
    expect([a, b]).toEqual([text('A'), text('B')])
    expect(absent).toBeUndefined()
    expect(directory).toBeInstanceOf(DiskError)
    expect(directory).toMatchObject({ code: 'EISDIR' })
    expect(await volume.readMany([])).toEqual([])
  })

  it('answers a hot read with the file or not at all', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('file', text('hot'), NEW)
    await volume.read('file')
    const hot = volume.readHot('file')
    if (!volume.capabilities.hotRead) expect(hot).toBeUndefined()
    else if (hot !== undefined) expect(readable(hot)).toBe('hot')
  })

  besideVolume(makeDisk)('tells kind, size, mode, links and time of what is there', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    await volume.write('d/file', text('12345'), NEW)
    await symlink('file', join(directory, 'd', 'link'))
    const file = await volume.stat('d/file')
    expect(file).toMatchObject({ kind: 'file', bytes: 5, links: 1, mode: modeHere(0o600) })
    // Windows has no numbers for users.
    expect(file?.uid).toBe(process.getuid?.() ?? 0)
    const { mtimeMs } = await stat(join(directory, 'd', 'file'))
    expect(Math.abs((file?.modifiedMs ?? 0) - mtimeMs)).toBeLessThan(2)
    expect(await volume.stat('d')).toMatchObject({ kind: 'directory', mode: modeHere(0o700) })
    expect(await volume.stat('')).toMatchObject({ kind: 'directory' })
    expect(await volume.stat('d/link')).toMatchObject({ kind: 'other' })
  })

  besideVolume(makeDisk)('lists the entries of a directory with their kinds', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    for (let index = 0; index < 300; index++) await volume.write(`d/f${index}`, text('x'), NEW)
    await volume.makeDirectory('d/sub')
    await symlink('f0', join(directory, 'd', 'link'))
    const entries = (await volume.list('d')) ?? []
    const kinds = new Map(entries.map(({ name, kind }) => [name, kind]))
    expect(kinds.size).toBe(302)
    expect(kinds.get('f299')).toBe('file')
    expect(kinds.get('sub')).toBe('directory')
    expect(kinds.get('link')).toBe('other')
    expect(entries.every(({ modifiedMs }) => Math.abs(modifiedMs - Date.now()) < 60_000)).toBe(true)
    expect((await volume.list(''))?.map(({ name }) => name)).toContain('d')
  })
}

function writingContract(makeDisk: () => Disk): void {
  it('gives files and directories the modes asked for, whatever the umask', async () => {
    const directory = await tempDirectory()
    const before = process.umask(0o777)
    try {
      const volume = await openVolume(makeDisk(), directory)
      await volume.write('d/e/file', text('x'), NEW)
      expect((await volume.stat('d/e/file'))?.mode).toBe(modeHere(0o600))
      expect((await volume.stat('d'))?.mode).toBe(modeHere(0o700))
      expect((await volume.stat('d/e'))?.mode).toBe(modeHere(0o700))
    } finally {
      process.umask(before)
    }
  })

  it('never replaces unless it is asked to', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('file', text('first'), { replace: false, flush: true })
    expect((await failure(volume.write('file', text('second'), NEW))).code).toBe('EEXIST')
    expect(readable(await volume.read('file'))).toBe('first')
    await volume.write('file', text('third'), { replace: true, flush: true })
    expect(readable(await volume.read('file'))).toBe('third')
  })

  it('has one winner when many create the same file', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    const attempts = Array.from({ length: 30 }, async (_, index) => {
      await volume.write('d/file', text(`writer ${index}`), NEW)
      return index
    })
    const results = await Promise.allSettled(attempts)
    const winners = results.filter(({ status }) => status === 'fulfilled')
    const losses = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as DiskError).code] : [],
    )
    expect(winners).toHaveLength(1)
    expect(new Set(losses)).toEqual(new Set(['EEXIST']))
    const winner = winners[0] as PromiseFulfilledResult<number>
    expect(readable(await volume.read('d/file'))).toBe(`writer ${winner.value}`)
  })

  it('shows a reader the old file or the new one, never a part', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    const contents = ['a'.repeat(50_000), 'b'.repeat(80_000)]
    await volume.write('file', text(contents[0] ?? ''), NEW)
    const writing = (async () => {
      for (let round = 0; round < 40; round++) {
        await volume.write('file', text(contents[round % 2] ?? ''), OVER)
      }
    })()
    for (let round = 0; round < 80; round++) {
      expect(contents).toContain(readable(await volume.read('file')))
    }
    await writing
  })

  it('leaves no staged file behind, neither after success nor after failure', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    await volume.write('file', text('x'), NEW)
    await failure(volume.write('file', text('y'), NEW))
    const left = (await volume.list('.tmp')) ?? []
    expect(left).toEqual([])
  })

  it('renames a file, making the parents, and replaces only when asked to', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('a', text('A'), NEW)
    await volume.write('b', text('B'), NEW)
    expect((await failure(volume.rename('a', 'b', { replace: false }))).code).toBe('EEXIST')
    expect(readable(await volume.read('a'))).toBe('A')
    await volume.rename('a', 'd/e/c', { replace: false })
    expect(await volume.read('a')).toBeUndefined()
    expect(await volume.stat('d/e/c')).toMatchObject({ links: 1 })
    await volume.rename('d/e/c', 'b', { replace: true })
    expect(readable(await volume.read('b'))).toBe('A')
    expect(await volume.stat('d/e/c')).toBeUndefined()
    expect((await failure(volume.rename('absent', 'x', { replace: true }))).code).toBe('ENOENT')
  })

  it('flushes files and directories, and skips absent ones', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('d/file', text('x'), NEW)
    await volume.flushMany(['d/file', 'd/absent', 'no/file'], ['', 'd', 'no'])
    await volume.flushFileSystem?.()
    await volume.flushAncestors()
    expect(readable(await volume.read('d/file'))).toBe('x')
  })
}

function removingContract(makeDisk: () => Disk): void {
  it('removes a file and says whether there was one', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.write('d/file', text('x'), NEW)
    expect(await volume.remove('d/file')).toBe(true)
    expect(await volume.remove('d/file')).toBe(false)
    expect(await volume.remove('no/file')).toBe(false)
    expect((await failure(volume.remove('d'))).code).toBe('EISDIR')
  })

  it('makes directories with their parents and removes only empty ones', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.makeDirectory('a/b/c')
    await volume.makeDirectory('a/b/c')
    expect(await volume.removeDirectory('a/b')).toBe(false)
    expect(await volume.removeDirectory('a/b/c')).toBe(true)
    expect(await volume.removeDirectory('a/b/c')).toBe(false)
    expect((await volume.list('a/b'))?.length).toBe(0)
    await volume.write('file', text('x'), NEW)
    expect((await failure(volume.makeDirectory('file/sub'))).code).toBe('ENOTDIR')
  })
}
