import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { probeStore } from '../../../../src/server/health/store-probe.js'
import { SqliteStorage } from '../../../../src/sqlite/sqlite-storage.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows } from '../../../support/windows.js'

describe('a store that is looked at', () => {
  it('has nothing wrong with it, and no prompt more than before', async () => {
    const directory = await tempDirectory()
    for (const storage of [
      new MemoryStorage(),
      await SqliteStorage.open({ file: join(directory, 'versions.db') }),
      await FileSystemStorage.open({ storageDir: join(directory, 'store'), minFreeMb: 0 }),
    ]) {
      expect(await probeStore(storage)).toEqual([])
      expect(await storage.listPromptIds({ records: true })).toEqual([])
      await storage.close()
      await expect(probeStore(storage)).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    }
  })

  it.skipIf(isWindows)('that was moved away is not healthy until it is back', async () => {
    const storageDir = join(await tempDirectory(), 'store')
    const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    onTestFinished(async () => await storage.close())
    await rename(storageDir, `${storageDir}-away`)
    expect(await probeStore(storage)).toMatchObject([{ status: 'unhealthy' }])
    await rename(`${storageDir}-away`, storageDir)
    expect(await probeStore(storage)).toEqual([])
  })
})
