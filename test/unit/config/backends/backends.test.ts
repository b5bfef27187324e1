import { describe, expect, it } from 'vitest'
import { BACKEND_NAMES, BACKEND_OF, backendOf } from '../../../../src/config/backends/backends.js'
import { parseStoreUrl } from '../../../../src/config/store-url.js'

describe('backendOf', () => {
  it.each(['memory:', 'file:prompts', 'sqlite:prompts.db'])('knows what opens %s', async (url) => {
    const { open } = await backendOf(parseStoreUrl(url))
    expect(typeof open).toBe('function')
  })

  it('lists what it opens for a scheme without a backend', async () => {
    const target = { ...parseStoreUrl('memory:'), scheme: 'tape', shown: 'tape:x' }
    await expect(backendOf(target as never)).rejects.toThrow(
      /^Store URL 'tape:x' cannot be opened: this version opens memory:, file:/,
    )
  })
})

describe('BACKEND_OF', () => {
  it('gives each scheme a backend of the list', () => {
    expect(new Set(Object.values(BACKEND_OF))).toEqual(new Set(BACKEND_NAMES))
  })
})
