import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'

async function usedStore(): Promise<string> {
  const storageDir = await tempDirectory()
  await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  for (const id of ['a', 'b']) await storage.saveVersion(sampleVersion(id, '1.0.0'))
  for (let at = 0; at < 30; at++) await storage.getVersion('b', '1.0.0')
  return storageDir
}

describe('holdfast cache', () => {
  it('prints how often documents came from memory, and the most used', async () => {
    const dir = await usedStore()
    const { stdout, stderr } = await holdfast(['cache', '--dir', dir])
    expect(stdout).toMatch(/b +│ 1\.0\.0 +│ +30\.0/)
    expect(stderr).toContain('30.0 hits, 0.0 misses: 100.0% from memory')
    const { document } = await holdfastJson(['cache', '--dir', dir])
    expect(document).toMatchObject({
      misses: 0,
      hit_rate: 1,
      documents: [{ prompt_id: 'b', version: '1.0.0' }],
    })
    for (const name of ['--limit', '--top-n']) {
      const none = await holdfastJson(['cache', name, '0', '--dir', dir])
      expect(none.document).toMatchObject({ documents: [] })
    }
  })
})

describe('holdfast warm', () => {
  it('reads the documents that were used most', async () => {
    const dir = await usedStore()
    for (const name of ['--limit', '--top-n']) {
      const { document } = await holdfastJson(['warm', name, '1', '--dir', dir])
      expect(document).toEqual({ documents_read: 1 })
    }
    expect((await holdfast(['warm', '--dir', dir])).stderr).toContain('Read 2 documents')
  })
})
