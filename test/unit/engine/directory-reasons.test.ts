import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { METADATA_FILE } from '../../../src/document/store-names.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'

describe('a directory', () => {
  it('that is well has nothing wrong with it; one without space has', async () => {
    const storageDir = join(await tempDirectory(), 'store')
    const well = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    expect(await well.healthReasons()).toEqual([])
    await well.close()
    const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 1_000_000_000 })
    onTestFinished(async () => await storage.close())
    expect(await storage.healthReasons()).toMatchObject([{ status: 'unhealthy', code: 'no-space' }])
  })

  it('whose mark is gone is missing', async () => {
    const storageDir = join(await tempDirectory(), 'store')
    const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0, disk: 'portable' })
    onTestFinished(async () => await storage.close())
    expect(await storage.healthReasons()).toEqual([])
    await rm(join(storageDir, METADATA_FILE))
    expect(await storage.healthReasons()).toMatchObject([{ code: 'directory-missing' }])
    await writeFile(join(storageDir, METADATA_FILE), '{}')
    expect(await storage.healthReasons()).toEqual([])
  })
})
