import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { BackedUp } from '../../../../src/versions/file-system/backed-up.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { tempDirectory } from '../../../support/temp.js'

it('restores what a store of versions has backed up, by the name of its class or its own', async () => {
  const root = await tempDirectory()
  const to = join(root, 'backups')
  await using storage = await FileSystemStorage.open({ storageDir: join(root, 'prompts') })
  await storage.saveVersion(sampleVersion('p', '1.0.0'))
  await storage.backup(to)
  for (const [at, restoring] of [BackedUp, FileSystemStorage].entries()) {
    const report = await restoring.restore(to, { to: join(root, `restored-${at}`) })
    expect(report).toMatchObject({ backup: 1, damaged: [] })
    await using memory = new MemoryStorage()
    const prompt = await restoring.restorePrompt(to, { promptId: 'p', into: memory })
    expect(prompt).toMatchObject({ restored: ['1.0.0'], present: [] })
  }
})
