import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checksumOf } from '../../../../src/document/checksum.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { WRITTEN_DOCUMENT_BYTES_MAX } from '../../../../src/files/local/record.js'
import { tempDirectory } from '../../../support/temp.js'

const DOCUMENT = '.meta/a.txt.json'

/** How long the text of the metadata is whose document has just the size that is allowed. */
async function longestText(path: string, storage: FileStorage): Promise<number> {
  await storage.store('a.txt', 'content', { text: '' })
  return WRITTEN_DOCUMENT_BYTES_MAX - (await readFile(join(path, DOCUMENT))).length
}

describe('the document of a file', () => {
  it('takes 1 MiB, and one byte more is refused with nothing changed', async () => {
    expect(WRITTEN_DOCUMENT_BYTES_MAX).toBe(1024 * 1024)
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    const longest = await longestText(path, storage)
    const text = 'x'.repeat(longest)
    await storage.store('a.txt', 'content', { text })
    const before = await readFile(join(path, DOCUMENT))
    expect(before).toHaveLength(1024 * 1024)
    for (const key of ['a.txt', 'b.txt']) {
      const refused = storage.store(key, 'other', { text: `${text}x` })
      await expect(refused).rejects.toThrow(RangeError)
      await expect(refused).rejects.toThrow(
        `a file's document takes at most 1048576 bytes, got 1048577`,
      )
    }
    expect(await readFile(join(path, DOCUMENT))).toEqual(before)
    expect(await storage.retrieve('a.txt')).toBe('content')
    expect(await storage.exists('b.txt')).toBe(false)
  })

  it('counts in bytes, not in characters', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    const longest = await longestText(path, storage)
    const fits = storage.store('a.txt', 'content', { text: '译'.repeat(Math.floor(longest / 3)) })
    await expect(fits).resolves.toBeDefined()
    const over = storage.store('a.txt', 'content', {
      text: '译'.repeat(Math.floor(longest / 3) + 1),
    })
    await expect(over).rejects.toThrow(RangeError)
  })

  it('is read when an earlier version has written a longer one', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    await storage.store('a.txt', 'content', { text: '' })
    await storage.close()
    const { checksum: _, ...fields } = JSON.parse(await readFile(join(path, DOCUMENT), 'utf8'))
    const longer = { ...fields, metadata: { text: 'x'.repeat(2 * 1024 * 1024) } }
    const checksum = checksumOf(Buffer.from(JSON.stringify(longer)))
    await writeFile(join(path, DOCUMENT), JSON.stringify({ ...longer, checksum }))
    await using again = await FileStorage.open({ local_storage_path: path })
    expect(await again.retrieve('a.txt')).toBe('content')
  })
})
