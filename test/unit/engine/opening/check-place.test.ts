import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import type { Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import type { DirectoryOptions } from '../../../../src/engine/directory-options.js'
import { checkPlace, refuseForeignFiles } from '../../../../src/engine/opening/check-place.js'
import { MARK_FILE } from '../../../../src/format/layout.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_MODES } from '../../../support/windows.js'
import { isRoot, openVolume } from '../../disk/support.js'
import { resolved } from '../support.js'

async function volumeOf(mode: number): Promise<Volume> {
  const path = await tempDirectory()
  await chmod(path, mode)
  return await openVolume(portableDisk, path)
}

const check = async (volume: Volume, options: DirectoryOptions = {}): Promise<void> =>
  await checkPlace(volume, resolved(options))

describe('the place of a store', () => {
  it('is refused when every user may write to it, sticky or not, and is left as it was', async ({
    skip,
  }) => {
    skip(isWindows, NO_MODES)
    for (const mode of [0o707, 0o1777]) {
      const volume = await volumeOf(mode)
      await expect(check(volume)).rejects.toMatchObject({
        code: 'FS-PERM-001',
        context: { path: volume.directory, reason: 'world_writable' },
      })
      expect(await readdir(volume.directory)).not.toContain('.tmp')
      await expect(check(volume, { allowWorldWritable: true })).resolves.toBeUndefined()
    }
  })

  it('is refused when a group may write to it, unless it is shared with the group', async ({
    skip,
  }) => {
    skip(isWindows, NO_MODES)
    const volume = await volumeOf(0o770)
    await expect(check(volume)).rejects.toMatchObject({ context: { reason: 'group_writable' } })
    await expect(check(volume, { directoryMode: 0o750 })).rejects.toThrow('chmod g-w')
    await expect(check(volume, { directoryMode: 0o2770 })).resolves.toBeUndefined()
    await expect(check(await volumeOf(0o750))).resolves.toBeUndefined()
  })

  it('may belong to another user where the administrator opens it', async ({ skip }) => {
    skip(!isRoot, 'only the administrator can give a directory away')
    const volume = await volumeOf(0o700)
    await chown(volume.directory, 1234, 1234)
    await expect(check(volume)).resolves.toBeUndefined()
  })

  it('is judged by the facts of its file system: a network is refused, and warnings are passed on', async () => {
    const volume = await volumeOf(0o700)
    const capabilities = {
      ...volume.capabilities,
      fileSystem: 'nfs',
      network: true,
      warnings: ['no hot reads'],
    }
    const remote = { capabilities, directory: volume.directory } as unknown as Volume
    const seen: string[] = []
    onTestFinished(subscribe('warning', ({ code, message }) => seen.push(`${code}: ${message}`)))
    await expect(check(remote)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'network_file_system', file_system: 'nfs' },
    })
    expect(seen).toEqual(['file-system: no hot reads'])
  })
})

describe('a directory with other files', () => {
  const refuse = async (
    volume: Volume,
    options: DirectoryOptions & { readonly storeFiles?: readonly string[] } = {},
  ): Promise<void> => {
    const { storeFiles = [], ...rest } = options
    await refuseForeignFiles(volume, { ...resolved(rest), storeFiles })
  }

  async function holding(...names: readonly string[]): Promise<Volume> {
    const volume = await volumeOf(0o700)
    for (const name of names) await writeFile(join(volume.directory, name), 'x')
    return volume
  }

  it('does not become a store by a typing error, and is left as it was', async () => {
    const volume = await holding('notes.txt', 'a.txt', '.gitignore')
    await expect(refuse(volume)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'not_empty', entries: 2, entry: 'a.txt' },
    })
    expect(await readdir(volume.directory)).not.toContain('.tmp')
    await expect(refuse(volume, { adopt: true })).resolves.toBeUndefined()
  })

  it('becomes one when they are the kind that every directory has', async () => {
    const volume = await holding('.gitattributes', '.DS_Store', '.lock')
    await mkdir(join(volume.directory, '.git'))
    await expect(refuse(volume)).resolves.toBeUndefined()
  })

  it('is a store whose mark is lost when one name shows it', async () => {
    const volume = await holding('notes.txt', '.index.json')
    await expect(refuse(volume, { storeFiles: ['.index.json'] })).resolves.toBeUndefined()
    await expect(refuse(volume, { storeFiles: ['.trash'] })).rejects.toThrow('not empty')
    await expect(refuse(await holding('notes.txt', '.lost.json'))).resolves.toBeUndefined()
  })

  it('keeps what belongs to a store that may be in use', async () => {
    const volume = await holding('notes.txt', MARK_FILE)
    await expect(refuse(volume)).rejects.toThrow('not empty')
    expect(await readdir(volume.directory)).toContain('.tmp')
  })
})
