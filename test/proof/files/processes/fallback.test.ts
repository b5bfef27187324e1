import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import type { FileStorageConfig } from '../../../../src/files/config.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import type { SyncReport } from '../../../../src/files/maintenance.js'
import { Peer, PeerError } from '../../processes/peers.js'
import { Random } from '../../crash/random.mjs'
import { SEED } from '../../../support/random.js'
import { tempDirectory } from '../../../support/temp.js'
import { startS3 } from '../../../unit/files/bucket/standins/s3.mjs'
import { s3Config } from '../../../unit/files/bucket/subjects.js'

const SCRIPT = fileURLToPath(new URL('peer.mjs', import.meta.url))
const PEERS = 3
const LANES = 8
const PHASES = 10
const CHANGES_OF_PHASE = 6
const KILLS_EVERY = 3
/** What is said of a call that its process has not outlived. */
const ENDED = 'The process has ended'

/** What a key may hold: one content, or one of two after its writer was killed; undefined means no file. */
type Fates = Map<string, readonly (string | undefined)[]>

it('several processes share a fallback: nothing is lost, comes back or is treated as a conflict', async () => {
  const place = await makePlace()
  const random = new Random(SEED)
  const peers = await Promise.all(
    Array.from({ length: PEERS }, async () => await Peer.start(place.config, SCRIPT)),
  )
  const fates: Fates = new Map()
  let pendingMost = 0
  for (let phase = 0; phase < PHASES; phase++) {
    place.setDown(phase % 2 === 1)
    const lanes = Array.from({ length: LANES }, async (_, lane) => {
      await changeKeys(peers, fates, random, `${phase}`, [`lane ${lane}/a`, `lane ${lane}/b`])
    })
    if (phase % KILLS_EVERY === KILLS_EVERY - 1) {
      // No process is given anything more to do.
      const [victim] = peers.splice(random.integer(0, PEERS - 1), 1)
      await victim?.kill()
      peers.push(await Peer.start(place.config, SCRIPT))
    }
    await Promise.all(lanes)
    const stats = await peers[0]?.call('getStats')
    const { pending_uploads: pending } = stats as { pending_uploads: number }
    pendingMost = Math.max(pendingMost, pending)
  }
  place.setDown(false)
  await syncAll(peers)
  expect(pendingMost).toBeGreaterThan(3)
  await expectInCloud(place.config, fates)
  for (const peer of peers) await peer.close()
})

async function makePlace(): Promise<{
  readonly config: FileStorageConfig
  setDown(isDown: boolean): void
}> {
  const standIn = await startS3()
  onTestFinished(async () => await standIn.close())
  return {
    config: {
      ...s3Config(standIn.endpoint),
      local_storage_path: await tempDirectory(),
      maxRetries: 0,
      timeoutSeconds: 5,
      breakerSeconds: 1,
    },
    setDown: (isDown) => standIn.setFaults(isDown ? () => ({ status: 503 }) : undefined),
  }
}

/** One change after another of some keys, each by any of the processes, and reads by any other. */
async function changeKeys(
  peers: readonly Peer[],
  fates: Fates,
  random: Random,
  phase: string,
  keys: readonly string[],
): Promise<void> {
  const any = (): Peer => random.pick(peers)
  for (let at = 0; at < CHANGES_OF_PHASE; at++) {
    const key = random.pick(keys)
    const next = random.chance(0.25) ? undefined : `${phase}.${at} of ${key}`
    const before = fates.get(key) ?? [undefined]
    const isDone = await wasKilled(
      next === undefined ? any().call('delete', key) : any().call('store', key, next),
    ).then((killed) => !killed)
    fates.set(key, isDone ? [next] : [...before, next])
    await checkRead(any(), key, fates.get(key) ?? [])
  }
}

/** While the cloud is down, its content of a key that is not pending is not known. */
async function checkRead(
  peer: Peer,
  key: string,
  allowed: readonly (string | undefined)[],
): Promise<void> {
  try {
    expect(allowed, key).toContain(await peer.call('retrieve', key))
  } catch (error) {
    if (!(error instanceof PeerError)) throw error
    if (error.message !== ENDED) expect(error.code).toBe('FS-UNAVAILABLE-001')
  }
}

async function wasKilled(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return false
  } catch (error) {
    if (error instanceof PeerError && error.message === ENDED) return true
    throw error
  }
}

/** All at once, as they do by themselves. */
async function syncAll(peers: readonly Peer[]): Promise<void> {
  await expect
    .poll(
      async () => {
        const reports = await Promise.all(
          peers.map(async (peer) => (await peer.call('sync')) as SyncReport),
        )
        for (const { conflicts } of reports) expect(conflicts).toEqual([])
        return Math.max(...reports.map(({ pending }) => pending))
      },
      { timeout: 30_000 },
    )
    .toBe(0)
}

async function expectInCloud(config: FileStorageConfig, fates: Fates): Promise<void> {
  await using cloud = await FileStorage.open({ ...config, enable_local_fallback: false })
  const found = new Map<string, unknown>()
  for (const key of await cloud.listKeys()) found.set(key, await cloud.retrieve(key))
  expect([...found.keys()].filter((key) => key.includes('.conflict-'))).toEqual([])
  for (const [key, allowed] of fates) expect(allowed, key).toContain(found.get(key))
  expect([...found.keys()].filter((key) => !fates.has(key))).toEqual([])
}
