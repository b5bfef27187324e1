import { describe, expect, it } from 'vitest'
import { commitMoves, moving } from '../../../../src/versions/file-system/moves.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

describe('a move', () => {
  it('creates and removes, in this order, what still is what was read', () => {
    const before = Buffer.from('text')
    expect(moving({ from: 'a', to: 'b', before }, 100)).toEqual([
      { kind: 'create', path: 'b', bytes: before, tag: undefined },
      { kind: 'remove', path: 'a', tag: undefined, ifBytes: before },
    ])
    const after = Buffer.from('packed')
    expect(moving({ from: 'a', to: 'b', before, after }, 1)).toMatchObject([
      { bytes: after },
      { kind: 'remove', path: 'a' },
    ])
  })

  it('does nothing if the file has changed or its new place is taken', async () => {
    const store = await openParts(await tempDirectory())
    await save(store, 'p', '1.0.0', '1.0.1')
    const mark = await store.features.current()
    const before = (await store.directory.read('p/1.0.0.json')) ?? Buffer.from('')
    const commit = async (to: string, bytes: Uint8Array): Promise<boolean> =>
      await commitMoves(mark, moving({ from: 'p/1.0.0.json', to, before: bytes }, 1e6), 'moving')
    expect(await commit('p/1.0.1.json', before)).toBe(false)
    expect(await commit('q/x', Buffer.from('other'))).toBe(false)
    expect(await commit('q/x', before)).toBe(true)
    expect(Buffer.from((await store.directory.read('q/x')) ?? []).equals(before)).toBe(true)
    expect(await store.directory.read('p/1.0.0.json')).toBeUndefined()
  })

  it('fails as any commit does', async () => {
    const store = await openParts(await tempDirectory())
    const mark = await store.features.current()
    const before = Buffer.from('text')
    await expect(
      commitMoves(mark, moving({ from: '../a', to: 'b', before }, 100), 'moving'),
    ).rejects.toThrow('must be a relative path')
  })
})
