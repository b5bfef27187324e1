import { describe, expect, it } from 'vitest'
import type { GlobalOptions } from '../../../src/cli/global-options.js'
import { openOtherStore } from '../../../src/cli/other-store.js'
import { parseStoreUrl } from '../../../src/config/store-url.js'
import { tempDirectory } from '../../support/temp.js'

const MEMORY = { target: parseStoreUrl('memory:'), settings: {} }

async function open(options: Partial<GlobalOptions>, create = false) {
  return await openOtherStore(MEMORY, { color: true, ...options }, create)
}

describe('openOtherStore', () => {
  it('opens a store in memory, which is empty', async () => {
    const store = await open({ readOnly: true })
    expect(await store.listPromptIds()).toEqual([])
    await store.close()
  })

  it('refuses to save where nothing is kept', async () => {
    await expect(open({}, true)).rejects.toThrow('memory: keeps nothing when the command ends')
  })

  it.each([
    [{ trash: true }, '--trash'],
    [{ disk: 'native' as const }, '--disk'],
    [{ shardDepth: 2 }, '--shard-depth'],
    [{ lockTimeoutMs: 5 }, '--lock-timeout-ms'],
    [{ retries: 5 }, '--retries'],
  ])('refuses a flag that means nothing to the store: %j', async (options, flag) => {
    await expect(open(options)).rejects.toMatchObject({
      code: 'CLI-USAGE-001',
      message: `${flag} means nothing to the store memory:; leave it out`,
    })
  })

  it('lets flags win over settings, in both spellings', async () => {
    const target = parseStoreUrl(`file:${await tempDirectory()}`)
    const settings = { lock_timeout_ms: 'wrong', enableTrash: 'wrong' }
    const options = { color: true, lockTimeoutMs: 5, trash: true }
    const store = await openOtherStore({ target, settings }, options, true)
    expect(await store.listPromptIds()).toEqual([])
    await store.close()
  })
})
