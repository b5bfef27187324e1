import { describe, expect, it } from 'vitest'
import { countVersions, migrate, validateMigration } from '../../../src/migration/index.js'
import { compareStores } from '../../../src/migration/validate.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { filled, moveTo } from './support.js'

describe('a validation', () => {
  it('names every difference', async () => {
    const [from, to] = [await filled(3), new MemoryStorage()]
    await migrate({ from, to })
    await to.saveVersion(sampleVersion('p0', '9.0.0'))
    await from.saveVersion(sampleVersion('p0', '8.0.0'))
    await moveTo(from, 'p1', '1.0.3')
    await from.saveVersion(sampleVersion('p3', '1.0.0'))
    expect(await validateMigration({ from, to })).toEqual({
      prompts: 4,
      versions: 14,
      differences: [
        { prompt_id: 'p0', version: '8.0.0', kind: 'missing' },
        { prompt_id: 'p0', version: '9.0.0', kind: 'extra' },
        { prompt_id: 'p1', kind: 'history' },
        { prompt_id: 'p3', version: '1.0.0', kind: 'missing' },
      ],
    })
  })

  it('ends when its signal is aborted', async () => {
    const { copies } = await filled()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(compareStores(copies, new MemoryStorage().copies, signal)).rejects.toThrow(
      'enough',
    )
  })
})

describe('a count', () => {
  it('is of the versions that can be read, and of their prompts', async () => {
    const storage = await filled(3)
    await storage.saveVersion(sampleVersion('gone', '1.0.0'))
    await storage.deleteVersion('gone', '1.0.0')
    expect(await countVersions(storage)).toEqual({ prompts: 3, versions: 12 })
  })
})
