import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { modeHere } from '../../support/modes.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_MODES } from '../../support/windows.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('DurableDirectory, given what it should not take', () => {
  it('refuses operations that are none, and paths that leave the directory or are its own', async () => {
    await using directory = await DurableDirectory.open(await tempDirectory())
    const refused = [
      '../x',
      '/x',
      'a//b',
      'a/./b',
      '',
      'a\0b',
      'a\\b',
      '.journal/x',
      '.lock',
      '.HOLDFAST.json',
      '\ud800',
    ]
    for (const path of refused) {
      await expect(
        directory.commit([{ kind: 'create', path, bytes: bytes('x') }]),
        path,
      ).rejects.toThrow(TypeError)
    }
    await expect(directory.commit([])).rejects.toThrow(RangeError)
    await expect(
      directory.commit([{ kind: 'move' as 'create', path: 'a', bytes: bytes('') }]),
    ).rejects.toThrow(/kind must be/)
    await expect(
      directory.commit([{ kind: 'create', path: 'a', bytes: 'text' as never }]),
    ).rejects.toThrow(/must be a Uint8Array/)
    await expect(
      directory.commit([
        { kind: 'create', path: 'a', bytes: bytes('1') },
        { kind: 'remove', path: 'a' },
      ]),
    ).rejects.toThrow(/comes twice/)
  })

  it('does not follow a symbolic link out of the directory', async () => {
    const path = await tempDirectory()
    const outside = await tempDirectory()
    await using directory = await DurableDirectory.open(path)
    await symlink(outside, join(path, 'link'))
    await expect(
      directory.commit([{ kind: 'create', path: 'link/x', bytes: bytes('x') }]),
    ).rejects.toThrow()
    expect(await readdir(outside)).toEqual([])
    await directory.commit([{ kind: 'create', path: 'fine', bytes: bytes('x') }])
  })

  it('refuses wrong options by name', async () => {
    const path = await tempDirectory()
    await expect(DurableDirectory.open(path, { durabilty: 'none' } as never)).rejects.toThrow(
      /did you mean "durability"/,
    )
    await expect(DurableDirectory.open(path, { lockTimeoutMs: -1 })).rejects.toThrow(
      /"lockTimeoutMs" must be an integer/,
    )
    await expect(DurableDirectory.open('', {})).rejects.toThrow(TypeError)
  })

  it('refuses a directory that is not a store when it may not make one', async () => {
    const path = await tempDirectory()
    await expect(DurableDirectory.open(path, { create: false })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
    })
    await expect(
      DurableDirectory.open(join(path, 'absent'), { create: false }),
    ).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
    })
    expect(await readdir(path)).toEqual([])
  })

  it('refuses a store of a format that it does not know', async () => {
    const path = await tempDirectory()
    await writeFile(join(path, '.holdfast.json'), '{"format":"holdfast","format_version":99}')
    await expect(DurableDirectory.open(path)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { format_version: 99 },
    })
  })

  it('refuses a directory that everybody may write to, unless told otherwise', async ({ skip }) => {
    skip(isWindows, NO_MODES)
    const path = join(await tempDirectory(), 'open-to-all')
    await mkdir(path)
    await chmod(path, 0o777)
    await expect(DurableDirectory.open(path)).rejects.toMatchObject({ code: 'FS-PERM-001' })
    await using directory = await DurableDirectory.open(path, { allowWorldWritable: true })
    expect(directory.path).toBe(path)
  })

  it('makes files and directories that only their owner can read', async () => {
    const path = join(await tempDirectory(), 'new')
    await using directory = await DurableDirectory.open(path)
    await directory.commit([{ kind: 'create', path: 'd/f', bytes: bytes('x') }])
    expect((await stat(join(path, 'd/f'))).mode & 0o777).toBe(modeHere(0o600))
    expect((await stat(join(path, 'd'))).mode & 0o777).toBe(modeHere(0o700))
    expect((await stat(path)).mode & 0o777).toBe(modeHere(0o700))
  })
})
