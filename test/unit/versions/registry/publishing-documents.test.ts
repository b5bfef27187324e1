import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { tempDirectory } from '../../../support/temp.js'

const schema = z
  .object({
    prompt_id: z.string(),
    version: z.string(),
    created_at: z.string(),
    parent_version: z.string().nullable(),
    metadata: z.record(z.string(), z.json()),
    title: z.string(),
    steps: z.array(z.string()).default([]),
  })
  .refine(async ({ title }) => await Promise.resolve(title !== 'wrong'), {
    message: 'Expected another title',
    path: ['title'],
  })

describe.each([
  ['memory', async () => await Promise.resolve(new MemoryStorage({ schema }))],
  [
    'files',
    async () =>
      await FileSystemStorage.open({ storageDir: await tempDirectory(), schema, minFreeMb: 0 }),
  ],
])('a registry of other documents, over %s', (_, make) => {
  it('publishes, labels, compares, merges and searches them', async () => {
    await using storage = await make()
    const registry = new PromptRegistry({ storage })
    const first = await registry.publish(
      'plan',
      { title: 'Build' },
      { author: 'ada', message: 'begin', labels: ['live'], tags: ['x'] },
    )
    expect(first).toMatchObject({
      prompt_id: 'plan',
      version: '1.0.0',
      parent_version: null,
      metadata: { author: 'ada', message: 'begin' },
      title: 'Build',
      steps: [],
    })
    expect(first.created).toBe(true)
    const again = await registry.publish('plan', { title: 'Build', steps: [] })
    expect([again.version, again.created]).toEqual(['1.0.0', false])
    const second = await registry.publish(
      'plan',
      { title: 'Build', steps: ['Dig'] },
      { bump: 'minor' },
    )
    expect([second.version, second.parent_version]).toEqual(['1.1.0', '1.0.0'])
    await registry.publish('plan', { title: 'Build it' }, { parent: '1.0.0' })
    expect(await registry.get('plan', '@live')).toEqual(await storage.getVersion('plan', '1.0.0'))
    expect(await registry.diff('plan', '1.0.0', '1.1.0')).toMatchObject({
      from: '1.0.0',
      to: '1.1.0',
      same: false,
      fields: [{ path: '/steps/0', kind: 'added', after: 'Dig' }],
    })
    const { merged } = await registry.merge('plan', '1.0.0', '1.1.0', '1.1.1')
    expect(merged).toEqual({ title: 'Build it', steps: ['Dig'] })
    const found = await registry.search({ text: 'DIG' })
    expect(found.map(({ version }) => version)).toEqual(['1.1.0'])
    expect((await registry.history('plan')).map(({ author }) => author)).toEqual([
      null,
      null,
      'ada',
    ])
  })

  it('refuses what does not fit the schema, and what the registry writes', async () => {
    await using storage = await make()
    const registry = new PromptRegistry({ storage })
    await expect(registry.publish('plan', { title: 'wrong' })).rejects.toThrow(/title/)
    await expect(registry.publish('plan', { title: 7 } as never)).rejects.toThrow(/title/)
    const taken = { title: 'Build', version: '1.0.0' } as never
    await expect(registry.publish('plan', taken)).rejects.toThrow(/"version"/)
    expect(await storage.listVersionNames('plan')).toEqual([])
  })

  it('gives each of many publications at once a number of its own', async () => {
    await using storage = await make()
    const registries = [new PromptRegistry({ storage }), new PromptRegistry({ storage })]
    const published = await Promise.all(
      Array.from(
        { length: 10 },
        async (__, at) => await registries[at % 2]?.publish('plan', { title: `Title ${at}` }),
      ),
    )
    expect(new Set(published.map((one) => one?.version)).size).toBe(10)
  })

  it('publishes in a transaction, and sees there what it has published', async () => {
    await using storage = await make()
    const registry = new PromptRegistry({ storage })
    const title = await registry.transaction(async (tx) => {
      const { version } = await tx.publish('plan', { title: 'Build' })
      await tx.publish('plan', { title: 'Build more' })
      await tx.label('plan', 'live', version)
      return (await tx.get('plan'))?.title
    })
    expect(title).toBe('Build more')
    expect((await registry.get('plan', '@live'))?.title).toBe('Build')
  })
})
