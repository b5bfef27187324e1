import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import type { LabelMove } from '../../../src/versions/prompt-heads.js'
import { openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'
import { Peer } from './peers.js'

const SCRIPT = fileURLToPath(new URL('labeller.mjs', import.meta.url))
const VERSIONS = ['1.0.0', '1.0.1', '1.0.2']

async function start(storageDir: string, count: number): Promise<readonly Peer[]> {
  const options = { storageDir, minFreeMb: 0 }
  return await Promise.all(
    Array.from({ length: count }, async () => await Peer.start(options, SCRIPT)),
  )
}

/** Watches the moves of the label; the result asserts that exactly these were told. */
function watching(
  ...storages: readonly FileSystemStorage[]
): (moves: readonly LabelMove[]) => Promise<void> {
  const watches = storages.map((storage) => storage.watch({ promptId: 'p', labels: true }))
  return async (moves) => {
    for (const watch of watches) {
      const told: unknown[] = []
      while (told.length < moves.length) told.push((await watch.next()).value)
      expect(told).toEqual(moves.map((move) => ({ kind: 'label', prompt_id: 'p', ...move })))
      await watch.return()
    }
  }
}

function expectChain(moves: readonly LabelMove[]): void {
  expect(moves.map(({ reason }) => reason)).toEqual(moves.map((_, at) => String(at + 1)))
  expect(moves.map(({ from }) => from)).toEqual([null, ...moves.map(({ to }) => to).slice(0, -1)])
}

describe('several processes that move one label', () => {
  it('get exactly their acknowledged moves into its history, in order, as watchers are told them, and no reader sees it go back', async () => {
    const storageDir = await tempDirectory()
    await using storage = await openStore(storageDir)
    await storage.saveVersions(VERSIONS.map((version) => sampleVersion('p', version)))
    await using unindexed = await openStore(storageDir, { useIndex: false })
    const expectTold = watching(storage, unindexed)
    const peers = await start(storageDir, 5)
    const [reader, ...movers] = peers
    const reading = reader?.call('readLabel')
    const shares = [63, 63, 62, 62]
    await Promise.all(
      movers.map(async (peer, at) => await peer.call('moveLabel', shares[at], `peer ${at}`)),
    )
    await reader?.call('stopReading')
    expect(await reading).toEqual({ reads: expect.any(Number), back: [] })
    const moves = await storage.listLabelMoves('p')
    expect(moves.length).toBe(250)
    expectChain(moves)
    await expectTold(moves)
    for (const [at, { saved }] of movers.entries()) {
      const own = moves.filter(({ by }) => by === `peer ${at}`)
      expect(own.map(({ reason }) => reason)).toEqual(saved)
    }
    const label = (await storage.readHead('p'))?.labels['production']
    expect(label).toMatchObject({ reason: '250', version: moves.at(-1)?.to })
    expect((await storage.verify()).findings).toEqual([])
    await Promise.all(peers.map(async (peer) => await peer.close()))
  })

  it('lose none of them when some are killed, and keep at most one that was under way', async () => {
    const storageDir = await tempDirectory()
    await using storage = await openStore(storageDir)
    await storage.saveVersions(VERSIONS.map((version) => sampleVersion('p', version)))
    const expectTold = watching(storage)
    const [first, second, ...victims] = await start(storageDir, 4)
    const killed = victims.map(async (peer, at) => {
      const moving = peer.call('moveLabel', 10_000, `victim ${at}`)
      await sleep(300 + 200 * at)
      await Promise.all([expect(moving).rejects.toThrow('The process has ended'), peer.kill()])
    })
    await Promise.all([
      first?.call('moveLabel', 40, 'first'),
      second?.call('moveLabel', 40, 'second'),
      ...killed,
    ])
    const moves = await storage.listLabelMoves('p')
    expectChain(moves)
    await expectTold(moves)
    for (const [at, { saved }] of victims.entries()) {
      const own = moves.filter(({ by }) => by === `victim ${at}`).map(({ reason }) => reason)
      expect(own.slice(0, saved.length)).toEqual(saved)
      expect(own.length - saved.length).toBeLessThanOrEqual(1)
    }
    expect((await storage.verify()).findings).toEqual([])
    await first?.close()
    await second?.close()
  })
})
