import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import { tempDirectory } from '../../support/temp.js'
import { openStore } from '../faults/support.js'
import { Peer } from './peers.js'

const SCRIPT = fileURLToPath(new URL('publisher.mjs', import.meta.url))

async function start(storageDir: string, count: number): Promise<readonly Peer[]> {
  const options = { storageDir, minFreeMb: 0 }
  return await Promise.all(
    Array.from({ length: count }, async () => await Peer.start(options, SCRIPT)),
  )
}

describe('several processes with a registry', () => {
  it('never get the same number, also when the highest version is deleted in between', async () => {
    const storageDir = await tempDirectory()
    const peers = await start(storageDir, 4)
    await Promise.all(peers.map(async (peer, at) => await peer.call('publish', 25, `peer ${at}`)))
    const numbers = peers.flatMap(({ saved }) => saved)
    expect(numbers).toHaveLength(100)
    expect(new Set(numbers)).toEqual(new Set(numbers.map((_, at) => `1.0.${at}`)))
    await Promise.all(peers.map(async (peer) => await peer.close()))

    await using storage = await openStore(storageDir)
    const registry = new PromptRegistry({ storage })
    const next = await registry.publish('p', { text: 'next' }, { bump: 'patch' })
    expect(next.version).toBe('1.0.100')
    const moves = await registry.labelHistory('p', 'live')
    expect(moves).toHaveLength(4 * 9)
    expect(moves.map(({ from }) => from)).toEqual([null, ...moves.slice(0, -1).map(({ to }) => to)])
    expect((await storage.verify()).findings).toEqual([])
  })

  it('lose no count that each reads and raises in a transaction', async () => {
    const storageDir = await tempDirectory()
    const peers = await start(storageDir, 3)
    await Promise.all(peers.map(async (peer) => await peer.call('count', 15)))
    await Promise.all(peers.map(async (peer) => await peer.close()))
    await using storage = await openStore(storageDir)
    const registry = new PromptRegistry({ storage })
    expect((await registry.get('count'))?.prompt.text).toBe('45')
    expect(await registry.history('count')).toHaveLength(45)
  })
})
