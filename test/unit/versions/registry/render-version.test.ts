import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { composeVersion, renderVersion } from '../../../../src/versions/registry/render-version.js'

describe('a rendered version', () => {
  it('has what it includes, and then its values', async () => {
    const registry = new PromptRegistry({ storage: new MemoryStorage() })
    await registry.publish('rules', { text: 'Be {{how}}.' }, { labels: ['live'] })
    const version = await registry.publish('p', { text: 'Hi {{name}}. {{> rules@live }}' })
    const composed = await composeVersion(registry, version)
    expect(composed.document).toEqual({ text: 'Hi {{name}}. Be {{how}}.' })
    const values = { name: '{{> p }}', how: 'kind' }
    expect(await renderVersion(registry, version, values)).toEqual({
      rendered: { text: 'Hi {{> p }}. Be kind.' },
      included: [{ id: 'rules', reference: '@live', version: '1.0.0' }],
    })
  })
})
