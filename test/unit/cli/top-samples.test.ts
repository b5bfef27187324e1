import { describe, expect, it } from 'vitest'
import { TopSampler } from '../../../src/cli/top-samples.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'

describe('the samples of a store', () => {
  it('count what another handle commits, and say who has the store open', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir })
    await storage.saveVersion(sampleVersion('a', '1.0.0'))
    const sampler = await TopSampler.open(storageDir, 'auto')
    try {
      const first = await sampler.sample()
      expect(first).toMatchObject({
        state: 'read-only',
        prompts: 1,
        versions: 1,
        processes: 1,
        commits_per_second: null,
        versions_per_second: null,
        problems: 0,
      })
      expect(first.read_p50_ms).toBeGreaterThan(0)
      expect(first.journal_bytes).toBeGreaterThan(0)
      for (const version of ['1.0.1', '1.0.2'])
        await storage.saveVersion(sampleVersion('a', version))
      const second = await sampler.sample()
      expect(second.versions).toBe(3)
      expect(second.versions_per_second).toBeGreaterThan(0)
      expect(second.commits_per_second).toBeGreaterThan(0)
    } finally {
      await sampler.close()
    }
  })

  it('have the hit rate that processes have written', async () => {
    const storageDir = await tempDirectory()
    const storage = await FileSystemStorage.open({ storageDir })
    await storage.saveVersion(sampleVersion('a', '1.0.0'))
    for (let at = 0; at < 30; at++) await storage.getVersion('a', '1.0.0')
    await storage.close()
    const sampler = await TopSampler.open(storageDir, 'auto')
    const { hit_rate: rate } = await sampler.sample()
    await sampler.close()
    expect(rate).toBe(1)
  })

  it('refuse what is not a store', async () => {
    await expect(TopSampler.open(await tempDirectory(), 'auto')).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
    })
  })
})
