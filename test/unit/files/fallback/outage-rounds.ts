import { setTimeout as sleep } from 'node:timers/promises'
import { openCloud } from '../../../../src/files/bucket/open.js'
import { withFallback, type FallbackBackend } from '../../../../src/files/fallback/backend.js'
import { isOutage } from '../../../../src/objects/failure.js'
import { LocalBackend } from '../../../../src/files/local/backend.js'
import { Random } from '../../../proof/crash/random.mjs'
import { tempDirectory } from '../../../support/temp.js'
import { getText, keysOf, putText } from '../bucket/files.js'
import { KillableCloud } from '../bucket/killable.js'
import { gcsConfig, s3Config } from '../bucket/subjects.js'
import { syncAll } from './place.js'

const LANES = 6
const KEYS_PER_LANE = 4

export interface OutageTally {
  writes: number
  deletes: number
  reads: number
  /** Reads that the cloud could not answer. */
  unanswered: number
  /** Most entries of the outbox that were seen pending. */
  pendingMost: number
}

/** What a key must read as: written only by its own lane, one change after another. */
type Model = Map<string, string>

/**
 * Traffic while the cloud is killed and started again, `rounds` times. Every change is acknowledged; every read that is
 * answered gives exactly the last acknowledged change; in the end the cloud holds all of them and nothing else.
 */
export async function outageRounds(
  kind: 's3' | 'gcs',
  rounds: number,
  seed: number,
): Promise<OutageTally> {
  const server = new KillableCloud(kind, await tempDirectory())
  await server.start()
  const { cloud, files } = await openFiles(kind, server)
  const tally = { writes: 0, deletes: 0, reads: 0, unanswered: 0, pendingMost: 0 }
  const model: Model = new Map()
  const random = new Random(seed)
  const traffic = { isOver: false }
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const own = new Random(seed, lane)
    await runLane(files, lane, model, own, tally, traffic)
  })
  try {
    for (let round = 0; round < rounds; round++) {
      await sleep(150 + random.next() * 350)
      await server.kill()
      await sleep(100 + random.next() * 500)
      const { pending_uploads, pending_deletes } = await files.pending()
      tally.pendingMost = Math.max(tally.pendingMost, pending_uploads + pending_deletes)
      await server.start()
    }
  } finally {
    traffic.isOver = true
    await Promise.all(lanes)
  }
  await syncAll(files, 30_000)
  await assertCloud(cloud, model)
  await files.close()
  return tally
}

async function openFiles(
  kind: 's3' | 'gcs',
  server: KillableCloud,
): Promise<{ readonly cloud: FallbackBackend; readonly files: FallbackBackend }> {
  const config = kind === 's3' ? s3Config(server.endpoint) : gcsConfig(server.endpoint)
  const haste = { maxRetries: 1, timeoutSeconds: 2, breakerSeconds: 1 }
  const open = async (): Promise<FallbackBackend> => {
    const cloud = await openCloud({ ...config, ...haste })
    if (cloud === undefined) throw new Error('The configuration names no bucket')
    const local = await LocalBackend.open(await tempDirectory())
    // What is treated as a conflict by mistake would be lost, and so found.
    return await withFallback(cloud, local, { onConflict: 'cloud-wins', retryIntervalMs: 400 })
  }
  return { files: await open(), cloud: await open() }
}

async function runLane(
  files: FallbackBackend,
  lane: number,
  model: Model,
  random: Random,
  tally: OutageTally,
  traffic: { readonly isOver: boolean },
): Promise<void> {
  for (let step = 0; !traffic.isOver; step++) {
    const key = `lane ${lane}/key ${random.integer(1, KEYS_PER_LANE)}`
    const choice = random.next()
    if (choice < 0.45) {
      await putText(files, key, `${lane}.${step}`)
      model.set(key, `${lane}.${step}`)
      tally.writes++
    } else if (choice < 0.65) {
      await files.delete(key)
      model.delete(key)
      tally.deletes++
    } else {
      await readKey(files, key, model, tally)
    }
    await sleep(random.next() * 10)
  }
}

async function readKey(
  files: FallbackBackend,
  key: string,
  model: Model,
  tally: OutageTally,
): Promise<void> {
  try {
    const text = await getText(files, key)
    if (text !== model.get(key))
      throw new Error(`'${key}' reads ${String(text)}, and was last ${String(model.get(key))}`)
    tally.reads++
  } catch (error) {
    if (!isOutage(error)) throw error
    tally.unanswered++
  }
}

async function assertCloud(cloud: FallbackBackend, model: Model): Promise<void> {
  const found: Model = new Map()
  for (const key of await keysOf(cloud)) found.set(key, String(await getText(cloud, key)))
  const sorted = (entries: Model): string =>
    JSON.stringify([...entries].toSorted(([left], [right]) => (left < right ? -1 : 1)))
  if (sorted(found) !== sorted(model))
    throw new Error(`The cloud holds ${sorted(found)}, and should hold ${sorted(model)}`)
  await cloud.close()
}
