import { spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BIN } from '../../unit/cli/holdfast.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'

const SECRET = 'a text that must not be found again 7f3a91'

/** The files below the directory that contain the text. */
async function whereIs(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name)
    if ((await readFile(path)).includes(SECRET)) found.push(path.slice(directory.length + 1))
  }
  return found
}

it.each(['native', 'portable'] as const)(
  'leaves no byte of a version in any file after delete, purge and shred (%s)',
  async (disk) => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir, { disk, enableTrash: true })
    await storage.saveVersion(sampleVersion('p', '1.0.0', { metadata: { text: SECRET } }))
    await storage.saveVersion(sampleVersion('p', '1.0.1'))
    await storage.deleteVersion('p', '1.0.0')
    await storage.purgeTrash({ olderThanMs: 0 })
    expect((await whereIs(storageDir)).every((path) => path.startsWith('.journal/'))).toBe(true)
    expect(await whereIs(storageDir)).not.toEqual([])
    await storage.shred()
    expect(await whereIs(storageDir)).toEqual([])
    expect(await storage.listVersionNames('p')).toEqual(['1.0.1'])
  },
)

it('leaves no byte of a file after delete and holdfast shred', async () => {
  const path = await tempDirectory()
  const files = await FileStorage.open({ local_storage_path: path, min_free_mb: 0 })
  await files.store('a', SECRET)
  await files.delete('a')
  await files.close()
  expect(await whereIs(path)).not.toEqual([])
  const { status } = spawnSync(process.execPath, [BIN, 'shred', '--dir', path])
  expect(status).toBe(0)
  expect(await whereIs(path)).toEqual([])
})
