import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { tarEnd, tarHeader } from '../../../../src/format/tar.js'
import { digests, storedFiles } from '../../../support/backup-reader.mjs'
import { packed } from '../../../support/tar.js'
import { bytes, placesOf } from './support.js'

describe('an archive of backups', () => {
  it('is restored from a stream, whatever has packed it, and nothing else is left', async () => {
    const { directory, path, to, place } = await placesOf()
    await directory.backup(to)
    const before = digests(storedFiles(path))
    await directory.commit([{ kind: 'remove', path: 'long' }])
    await directory.backup(to)
    const archive = join(to, '..', 'archive.tar')
    await writeFile(archive, packed(to))
    await DurableDirectory.restore(createReadStream(archive), { to: place, backup: 1 })
    expect(digests(storedFiles(place))).toEqual(before)
    expect((await readdir(join(place, '..'))).sort()).toEqual([
      'archive.tar',
      'backups',
      'restored',
      'store',
    ])
  })

  it('is refused when it was cut or changed, or is of something else', async () => {
    const { directory, to, place } = await placesOf()
    await directory.backup(to)
    const whole = packed(to)
    const restored = async (content: Uint8Array): Promise<unknown> =>
      await DurableDirectory.restore([content], { to: place })
    const damaged = { code: 'FS-LOAD-001', context: { reason: 'archive' } }
    await expect(restored(whole.subarray(0, whole.length >> 1))).rejects.toMatchObject(damaged)
    const other = [tarHeader({ path: 'mine', bytes: 0, modifiedMs: 0 }), tarEnd()]
    await expect(restored(Buffer.concat(other))).rejects.toThrow('is not of a backup')
    const changed = Buffer.from(whole)
    const at = changed.indexOf(Buffer.from(bytes('two')))
    changed.write('TWO', at)
    await expect(restored(changed)).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    expect(existsSync(place) ? await readdir(place) : []).toEqual([])
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'mine'), '')
    await expect(restored(whole)).rejects.toMatchObject({ context: { reason: 'not_empty' } })
    await expect(DurableDirectory.restore(7 as never, { to: place })).rejects.toThrow(TypeError)
  })
})
