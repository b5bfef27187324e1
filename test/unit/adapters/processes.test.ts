import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createStorage } from 'unstorage'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createKeyv, type KeyvHoldfast } from '../../../src/adapters/keyv.js'
import { holdfastDriver } from '../../../src/adapters/unstorage.js'
import { tempDirectory } from '../../support/temp.js'

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url))

/** A process of its own with both adapters over a directory. */
class Peer {
  readonly #child: ChildProcess

  static async start(path: string): Promise<Peer> {
    const peer = new Peer(fork(PEER, [path]))
    onTestFinished(async () => await peer.kill())
    await peer.#answer()
    return peer
  }

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  async call(subject: 'keyv' | 'storage', method: string, ...given: unknown[]): Promise<unknown> {
    const answer = this.#answer()
    this.#child.send({ subject, method, given })
    return await answer
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  async #answer(): Promise<unknown> {
    const answered = new AbortController()
    const { signal } = answered
    const exit = once(this.#child, 'exit', { signal }).then(() => {
      throw new Error('The process has ended')
    })
    const [message] = (await Promise.race([once(this.#child, 'message', { signal }), exit])) as [
      { readonly result: unknown },
    ]
    answered.abort()
    return message.result
  }
}

function adaptersOver(path: string) {
  const keyv = createKeyv({ local_storage_path: path, base: 'keyv' }, { namespace: 'shared' })
  const { storage: files } = keyv.store as KeyvHoldfast
  const storage = createStorage({ driver: holdfastDriver({ storage: files, base: 'items' }) })
  onTestFinished(async () => await keyv.disconnect())
  return { keyv, storage, files }
}

describe('processes', () => {
  it('find what one of them has set before it was killed', async () => {
    const path = await tempDirectory()
    for (let round = 1; round <= 5; round++) {
      const peer = await Peer.start(path)
      const batch = Array.from({ length: 20 }, (_, at) => ({ key: `b${at}`, value: round }))
      expect(await peer.call('keyv', 'set', 'key', { round })).toBe(true)
      await peer.call('keyv', 'setMany', batch)
      await peer.call('storage', 'setItem', 'a:b', { round })
      await peer.call('storage', 'removeItem', `gone:${round - 1}`)
      await peer.call('storage', 'setItem', `gone:${round}`, 'x')
      await peer.kill()
      const { keyv, storage, files } = adaptersOver(path)
      expect(await keyv.get('key')).toEqual({ round })
      expect(await keyv.getMany(batch.map(({ key }) => key))).toEqual(batch.map(() => round))
      expect(await storage.getItem('a:b')).toEqual({ round })
      expect((await storage.getKeys()).sort()).toEqual(['a:b', `gone:${round}`])
      expect((await files.verify()).problems).toEqual([])
      await keyv.disconnect()
    }
  })

  it('see at once what another one sets, replaces, deletes and clears', async () => {
    const path = await tempDirectory()
    const { keyv, storage } = adaptersOver(path)
    const [first, second] = [await Peer.start(path), await Peer.start(path)]
    for (let turn = 0; turn < 20; turn++) {
      await first.call('keyv', 'set', 'key', turn)
      expect(await keyv.get('key')).toBe(turn)
      expect(await second.call('keyv', 'get', 'key')).toBe(turn)
      await storage.setItem('item', { turn })
      expect(await first.call('storage', 'getItem', 'item')).toEqual({ turn })
      expect(await second.call('storage', 'getKeys')).toEqual(['item'])
    }
    await second.call('keyv', 'clear')
    expect(await keyv.get('key')).toBeUndefined()
    expect(await first.call('keyv', 'has', 'key')).toBe(false)
    expect(await second.call('storage', 'getItem', 'item')).toEqual({ turn: 19 })
    await first.call('storage', 'removeItem', 'item')
    expect(await storage.getItem('item')).toBeNull()
  })
})
