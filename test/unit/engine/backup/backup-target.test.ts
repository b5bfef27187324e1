import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import type { Volume } from '../../../../src/disk/disk.js'
import { resolveSourceOptions } from '../../../../src/engine/backup/backup-options.js'
import {
  DirectoryTarget,
  flushAll,
  readDigest,
} from '../../../../src/engine/backup/backup-target.js'
import { tempDirectory } from '../../../support/temp.js'
import { bytes } from './support.js'

async function volumeIn(directory: string): Promise<Volume & AsyncDisposable> {
  const options = { ...resolveSourceOptions({}, 'test'), create: true }
  const volume = await chooseDisk('auto').openVolume(directory, options)
  return Object.assign(volume, { [Symbol.asyncDispose]: async () => await volume.close() })
}

const SHA_OF_ONE = '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed'

describe('the directory of a backup', () => {
  it('gets contents, the last one of each file, and the manifest at the end', async () => {
    const root = await tempDirectory()
    await using volume = await volumeIn(root)
    const target = new DirectoryTarget(volume, 'run', undefined)
    await target.put({ path: 'a/b', bytes: bytes('two') }, false)
    const written = await target.put({ path: 'a/b', bytes: bytes('one') }, true)
    expect(written).toEqual({ bytes: 3, sha256: SHA_OF_ONE })
    await target.put({ path: 'gone', bytes: bytes('x') }, false)
    await target.drop('gone')
    await target.drop('never there')
    await expect(stat(join(root, 'run/manifest.jsonl'))).rejects.toThrow('ENOENT')
    await target.finish(bytes('manifest'))
    expect(await readFile(join(root, 'run/files/a/b'), 'utf8')).toBe('one')
    expect(await readFile(join(root, 'run/manifest.jsonl'), 'utf8')).toBe('manifest')
    await expect(stat(join(root, 'run/files/gone'))).rejects.toThrow('ENOENT')
  })

  it('gets long files in pieces', async () => {
    const root = await tempDirectory()
    await using volume = await volumeIn(root)
    await writeFile(join(root, 'long'), Buffer.alloc(700_000, 'long'))
    const file = await volume.openFile('long')
    if (file === undefined) throw new Error('it was just written')
    const written = await new DirectoryTarget(volume, 'run', undefined).put(
      { path: 'long', file },
      false,
    )
    await file.close()
    expect(written).toEqual(await readDigest(volume, 'long'))
    expect(await readDigest(volume, 'run/files/long')).toEqual(written)
    await expect(readDigest(volume, 'missing')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('gets second names for a snapshot, but what was captured at the point', async () => {
    const root = await tempDirectory()
    await mkdir(join(root, 'store'))
    await writeFile(join(root, 'store', 'one'), 'one')
    await using volume = await volumeIn(join(root, 'to'))
    const target = new DirectoryTarget(volume, 'run', join(root, 'store'))
    await target.put({ path: 'one', bytes: bytes('one') }, false)
    expect((await stat(join(root, 'store', 'one'))).nlink).toBe(2)
    await target.put({ path: 'one', bytes: bytes('one') }, true)
    expect((await stat(join(root, 'store', 'one'))).nlink).toBe(1)
    // It has gone in between: what was captured counts, and the next round will see the rest.
    expect(await target.put({ path: 'gone', bytes: bytes('one') }, false)).toMatchObject({
      bytes: 3,
    })
  })

  it('flushes any number of files', async () => {
    const root = await tempDirectory()
    await using volume = await volumeIn(root)
    const paths = Array.from({ length: 300 }, (_, at) => `${at % 3}/${at}`)
    for (const path of paths)
      await volume.write(path, bytes(path), { replace: false, flush: false })
    await flushAll(volume, paths)
    await flushAll(volume, paths.slice(0, 10))
    expect(await readFile(join(root, '1', '1'), 'utf8')).toBe('1/1')
  })
})
