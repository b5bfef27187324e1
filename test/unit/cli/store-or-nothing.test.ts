import { describe, expect, it } from 'vitest'
import { Session } from '../../../src/cli/session.js'
import { withStoreOrNothing } from '../../../src/cli/store-or-nothing.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'
import { filled } from './here.js'

function sessionIn(dir: string): Session {
  const session = new Session(createEnvironment({ argv: [] }).environment)
  session.configure({ color: false, dir })
  return session
}

async function idsIn(dir: string): Promise<readonly string[]> {
  let ids: readonly string[] = ['not called']
  await withStoreOrNothing(sessionIn(dir), async (store) => {
    ids = await store.listPromptIds()
  })
  return ids
}

describe('a dry run', () => {
  it('works with the store, or with an empty one in its place', async () => {
    expect(await idsIn(await filled())).toEqual(['Greeting', 'mail@home'])
    expect(await idsIn(await tempDirectory())).toEqual([])
  })

  it('fails as its work does', async () => {
    const work = withStoreOrNothing(sessionIn(await filled()), async () => {
      await Promise.resolve()
      throw new Error('of the work')
    })
    await expect(work).rejects.toThrow('of the work')
  })
})
