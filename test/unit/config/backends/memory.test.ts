import { describe, expect, it } from 'vitest'
import { memoryBackend } from '../../../../src/config/backends/memory.js'
import { parseStoreUrl } from '../../../../src/config/store-url.js'

const target = parseStoreUrl('memory:')

describe('memoryBackend', () => {
  it('opens an empty store', async () => {
    const store = await memoryBackend.open({ target, settings: {}, options: { create: true } })
    expect(await store.listPromptIds()).toEqual([])
    await store.close()
  })

  it('refuses to open for reading what is empty', async () => {
    await expect(
      memoryBackend.open({ target, settings: {}, options: { readOnly: true } }),
    ).rejects.toThrow('Option "readOnly" must be false for memory:')
  })
})
