import { describe, expect, it } from 'vitest'
import { TransactionDraft } from '../../../../src/versions/registry/registry-transaction.js'
import { memoryRegistry } from './registry-support.js'

const rules = { at: '2025-01-17T10:00:00.000Z', protectedLabels: new Set<string>() }

describe('a transaction over prompts', () => {
  it('that was overtaken commits nothing and says so', async () => {
    const { registry, storage } = memoryRegistry()
    const transaction = new TransactionDraft(storage, rules)
    await transaction.publish('a', { text: 'mine' })
    await registry.publish('a', { text: 'theirs' })
    expect(await transaction.commit()).toBe(false)
    expect((await registry.history('a')).map(({ version }) => version)).toEqual(['1.0.0'])
  })

  it('takes no calls after its end', async () => {
    const { storage } = memoryRegistry()
    const transaction = new TransactionDraft(storage, rules)
    expect(await transaction.commit()).toBe(true)
    await expect(transaction.get('a')).rejects.toThrow(/has ended/)
  })

  it('numbers what is published at once one after another', async () => {
    const { registry, storage } = memoryRegistry()
    const transaction = new TransactionDraft(storage, rules)
    const texts = ['a', 'b', 'c']
    await Promise.all(texts.map(async (text) => await transaction.publish('p', { text })))
    expect(await transaction.unlabel('p', 'live')).toBeUndefined()
    expect(await transaction.commit()).toBe(true)
    const history = await registry.history('p')
    expect(history.map(({ version, parent_version }) => [version, parent_version])).toEqual([
      ['1.0.2', '1.0.1'],
      ['1.0.1', '1.0.0'],
      ['1.0.0', null],
    ])
  })

  it('checks arguments in the same way as the registry', async () => {
    const { storage } = memoryRegistry()
    const tx = new TransactionDraft(storage, rules)
    await expect(tx.label('p', 'Live', '1.0.0')).rejects.toThrow(/"label"/)
    await expect(tx.label('p', 'live', '1.0.0')).rejects.toMatchObject({ code: 'OPT-VER-002' })
    await expect(tx.tag('p', '1.0.0', {})).rejects.toThrow(/to add or to remove/)
    await expect(tx.get('')).rejects.toThrow(TypeError)
  })
})
