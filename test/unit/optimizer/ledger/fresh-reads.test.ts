import { expect, it } from 'vitest'
import { freshLatest, freshVersion } from '../../../../src/optimizer/ledger/fresh-reads.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { SHARED_KINDS, storePlace } from '../../../support/prompt-stores.js'

it.each(SHARED_KINDS)(
  'a read that must not be old shows what another process has saved: %s',
  async (kind) => {
    const open = await storePlace(kind)
    const [one, other] = [await open(), await open()]
    await one.saveVersion(sampleVersion('p', '1.0.0'))
    // From now on, the answer may come from memory.
    expect(await freshLatest(other, 'p')).toMatchObject({ version: '1.0.0' })
    await one.saveVersion(sampleVersion('p', '1.1.0'))
    expect(await freshVersion(other, 'p', '1.1.0')).toMatchObject({ version: '1.1.0' })
    await one.saveVersion(sampleVersion('p', '1.2.0'))
    expect(await freshLatest(other, 'p')).toMatchObject({ version: '1.2.0' })
    expect(await freshVersion(other, 'p', '9.0.0')).toBeUndefined()
  },
)

it('a storage in memory is read as it is', async () => {
  await using storage = new MemoryStorage()
  await storage.saveVersion(sampleVersion('p', '1.0.0'))
  expect(await freshLatest(storage, 'p')).toBe(await freshVersion(storage, 'p', '1.0.0'))
})
