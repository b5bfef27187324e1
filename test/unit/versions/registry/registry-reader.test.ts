import { expect, it } from 'vitest'
import type { AnyStorage } from '../../../../src/versions/registry/registry-options.js'
import { RegistryReader } from '../../../../src/versions/registry/registry-reader.js'
import { memoryRegistry } from './registry-support.js'

it('a reader answers from the storage alone, and changes nothing', async () => {
  const { registry, storage } = memoryRegistry()
  await registry.publish('p', { text: 'one' }, { author: 'ada', labels: ['live'] })
  await registry.publish('p', { text: 'two' })
  const reader = new RegistryReader(storage as unknown as AnyStorage, undefined)
  expect((await reader.get('p', '@live'))?.version).toBe('1.0.0')
  expect(await reader.get('p', '^9')).toBeUndefined()
  expect((await reader.labels('p'))['live']?.version).toBe('1.0.0')
  expect(await reader.labelHistory('p', 'live')).toHaveLength(1)
  expect((await reader.history('p')).map(({ version }) => version)).toEqual(['1.0.1', '1.0.0'])
  expect((await reader.graph('p')).edges).toEqual([{ from: '1.0.0', to: '1.0.1' }])
  expect((await reader.diff('p', '1.0.0', 'latest')).texts).toHaveLength(1)
  expect((await reader.merge('p', '1.0.0', '1.0.0', '1.0.1')).merged).toMatchObject({ text: 'two' })
  expect(await reader.search({ text: 'TWO' })).toHaveLength(1)
  await expect(reader.diff('p', '1.0.0', '9.0.0')).rejects.toThrow(/versions: 1\.0\.0, 1\.0\.1/)
})
