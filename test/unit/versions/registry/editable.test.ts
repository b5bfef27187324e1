import { describe, expect, it } from 'vitest'
import { editable } from '../../../../src/versions/registry/editable.js'
import { memoryRegistry } from './registry-support.js'

describe('an editable copy', () => {
  it('can be changed at every depth and published, and the version stays as it is', async () => {
    const { registry } = memoryRegistry()
    const messages = [{ role: 'user', content: 'Hi' }]
    const version = await registry.publish('p', { messages, config: { stop: ['a'] } })
    const { prompt } = editable(version)
    prompt.messages?.push({ role: 'assistant', content: 'Hello' })
    Object.assign(prompt.config ?? {}, { model: 'm' })
    expect(version.prompt.messages).toEqual(messages)
    const next = await registry.publish('p', prompt)
    expect([next.version, next.prompt.messages?.length]).toEqual(['1.1.0', 2])
    expect(next.prompt.config).toEqual({ stop: ['a'], model: 'm' })
  })
})
