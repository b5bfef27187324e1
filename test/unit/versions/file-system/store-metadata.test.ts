import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { HAS_ZSTD } from '../../../../src/versions/file-system/version-codec.js'
import { tempDirectory } from '../../../support/temp.js'

async function opened(storageDir: string, options: object = {}): Promise<void> {
  await (await FileSystemStorage.open({ storageDir, minFreeMb: 0, ...options })).close()
}

describe('the settings of a store', () => {
  it('are those that it was made with, and others are refused with what changes them', async () => {
    const dir = await tempDirectory()
    await opened(dir, { enableSharding: true, shardDepth: 3 })
    await opened(dir)
    await opened(dir, { enableSharding: true, shardDepth: 3 })
    for (const options of [{ enableSharding: false }, { shardDepth: 2 }])
      await expect(opened(dir, options)).rejects.toMatchObject({
        code: 'FS-FORMAT-001',
        message: expect.stringContaining('sharding of depth 3') as string,
        context: { reason: 'sharding', enabled: true, depth: 3 },
      })
    await expect(opened(dir, { shardDepth: 2 })).rejects.toThrow('holdfast reshard change it')
  })

  it.skipIf(HAS_ZSTD)('need a Node with zstd where files may be compressed so', async () => {
    const dir = await tempDirectory()
    await opened(dir)
    const path = join(dir, '.metadata.json')
    const mark = JSON.parse(await readFile(path, 'utf8')) as { requires: string[] }
    await writeFile(path, JSON.stringify({ ...mark, requires: [...mark.requires, 'zstd'] }))
    await expect(opened(dir)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'zstd' },
    })
  })
})
