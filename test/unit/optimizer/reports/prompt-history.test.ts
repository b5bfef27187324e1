import { expect, it } from 'vitest'
import { promptHistories } from '../../../../src/optimizer/reports/prompt-history.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import type { VersionStorage } from '../../../../src/versions/version-storage.js'

it('histories have versions and labels, the newest first, of the prompts that the store has', async () => {
  await using storage = new MemoryStorage()
  const registry = new PromptRegistry({ storage })
  await registry.publish('greeting', { text: 'Hello' }, { author: 'ada', message: 'First' })
  await registry.publish('greeting', { text: 'Hello you' }, { labels: ['production'] })
  const histories = await promptHistories(storage, ['greeting', 'missing'])
  expect(histories).toMatchObject([
    {
      prompt_id: 'greeting',
      versions: [{ labels: ['production'] }, { version: '1.0.0', author: 'ada', message: 'First' }],
    },
  ])
  const plain: VersionStorage = {
    saveVersion: storage.saveVersion.bind(storage),
    getVersion: storage.getVersion.bind(storage),
    listVersions: storage.listVersions.bind(storage),
    getLatestVersion: storage.getLatestVersion.bind(storage),
    deleteVersion: storage.deleteVersion.bind(storage),
    clearAll: storage.clearAll.bind(storage),
  }
  const [bare] = await promptHistories(plain, ['greeting'])
  expect(bare?.versions.map(({ version }) => version)).toEqual(
    histories[0]?.versions.map(({ version }) => version),
  )
})
