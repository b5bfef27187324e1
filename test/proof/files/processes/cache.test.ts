import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { FileStorage } from '../../../../src/files/file-storage.js'
import type { FileStats } from '../../../../src/files/health.js'
import { Peer } from '../../processes/peers.js'
import { Random } from '../../crash/random.mjs'
import { SEED } from '../../../support/random.js'
import { tempDirectory } from '../../../support/temp.js'

const SCRIPT = fileURLToPath(new URL('peer.mjs', import.meta.url))
const KEYS = ['a', 'b/c.txt', 'large']
const STEPS = 300

/** Some are cached as they are, some are compressed, some are over what the journal takes. */
function contentOf(key: string, step: number): string {
  return `${step} `.repeat(key === 'large' ? 100_000 : 1 + (step % 3) * 1000)
}

it('a cached read never gives what another process has replaced or deleted', async () => {
  const config = { local_storage_path: await tempDirectory() }
  const peers = await Promise.all([1, 2, 3].map(async () => await Peer.start(config, SCRIPT)))
  const random = new Random(SEED)
  const held = new Map<string, string>()
  for (let step = 0; step < STEPS; step++) {
    const key = random.pick(KEYS)
    const before = held.get(key)
    // Everybody has the old content in memory.
    await Promise.all(
      peers.map(async (peer) => expect(await peer.call('retrieve', key)).toBe(before)),
    )
    const writer = random.pick(peers)
    if (random.chance(0.25)) {
      expect(await writer.call('delete', key)).toBe(before !== undefined)
      held.delete(key)
    } else {
      const content = contentOf(key, step)
      await writer.call('store', key, content)
      held.set(key, content)
    }
    const after = held.get(key)
    const read = await Promise.all(peers.map(async (peer) => await peer.call('retrieve', key)))
    for (const content of read) expect(content === after, `${key} in step ${step}`).toBe(true)
  }
  for (const peer of peers) {
    const { metrics } = (await peer.call('getStats')) as FileStats
    expect(metrics.cache_hits).toBeGreaterThan(STEPS / 10)
    await peer.close()
  }
})

it('nor does one that comes in the middle of changes give anything older than the last that was acknowledged', async () => {
  const path = await tempDirectory()
  const peer = await Peer.start({ local_storage_path: path }, SCRIPT)
  await using storage = await FileStorage.open({ local_storage_path: path })
  const writing = peer.call('changeForever', 'k')
  const isDelete = (change: number): boolean => change % 5 === 0
  let reads = 0
  while (peer.saved.length < 2000) {
    const acknowledged = peer.saved.length
    const found = (await storage.retrieve('k')) as number | undefined
    reads++
    if (acknowledged === 0) continue
    // An absent one is one of the deletes from then on, of which there is always another to come.
    if (found !== undefined) expect(found).toBeGreaterThanOrEqual(acknowledged)
    if (found !== undefined) expect(isDelete(found)).toBe(false)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await peer.call('stop')
  await writing
  const last = peer.saved.length
  expect(await storage.retrieve('k')).toBe(isDelete(last) ? undefined : last)
  expect(reads).toBeGreaterThan(200)
  await peer.close()
})
