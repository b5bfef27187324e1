import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'

describe('the upkeep of a store', () => {
  it('refuses wrong options in every state, and every call once the store is closed', async () => {
    const storage = await FileSystemStorage.open({
      storageDir: await tempDirectory(),
      minFreeMb: 0,
    })
    await storage.compress()
    await storage.close()
    await expect(storage.compress({ keepLast: 0 })).rejects.toThrow('"keepLast"')
    await expect(storage.reshard({})).rejects.toThrow('"enabled"')
    for (const call of [
      async () => await storage.compress(),
      async () => await storage.decompress(),
      async () => await storage.reshard({ enabled: true }),
      async () => await storage.verify(),
      async () => await storage.shred(),
      async () => await storage.doctor(),
      async () => await storage.checkDiskSpace(),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })
})
