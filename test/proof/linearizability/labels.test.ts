import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import type { SqliteStorageOptions } from '../../../src/sqlite/sqlite-options.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { FileSystemStorageOptions } from '../../../src/versions/file-system/file-system-options.js'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import { Random } from '../crash/random.mjs'
import { openStore } from '../faults/support.js'
import { Peer } from '../processes/peers.js'
import { SEED } from '../../support/random.js'
import { tempDirectory } from '../../support/temp.js'

const SCRIPT = fileURLToPath(new URL('label-client.mjs', import.meta.url))
const MOVES = Number(process.env['HOLDFAST_LABEL_MOVES'] ?? 1000)
const MOVERS = 8
const READERS = 2
const LONG_MS = 600_000
const VERSIONS_AT_ONCE = 500

type PeerOptions = FileSystemStorageOptions | SqliteStorageOptions

/** Each kind of storage that several processes may have open. */
interface Place {
  readonly options: PeerOptions
  readonly storage: FileSystemStorage | SqliteStorage
  /** What its own check finds wrong. */
  readonly findings: () => Promise<readonly unknown[]>
}

async function files(): Promise<Place> {
  const storageDir = await tempDirectory()
  const storage = await openStore(storageDir)
  return {
    options: { storageDir, minFreeMb: 0 },
    storage,
    findings: async () => (await storage.verify()).findings,
  }
}

async function sqlite(): Promise<Place> {
  const options = { file: join(await tempDirectory(), 'prompts.db') }
  const storage = await SqliteStorage.open(options)
  return {
    options,
    storage,
    findings: async () => (await storage.checkIntegrity()).problems,
  }
}

interface Acknowledged {
  readonly place: number
  readonly by: string
  readonly calledAt: number
  readonly returnedAt: number
}

/** A process that moves the label, and another one when it is killed, until the label is at the last version. */
class Mover {
  readonly acknowledged: Acknowledged[] = []
  readonly names: string[] = []
  readonly #options: PeerOptions
  readonly #name: string
  #peer: Peer | undefined
  #killing: Promise<void> = Promise.resolve()

  constructor(options: PeerOptions, name: string) {
    this.#options = options
    this.#name = name
  }

  async run(): Promise<void> {
    for (let life = 1; ; life++) {
      const by = `${this.#name}, life ${life}`
      this.names.push(by)
      const peer = await Peer.start(this.#options, SCRIPT)
      this.#peer = peer
      const end = await peer.call('moveUntil', MOVES, by).catch((error: unknown) => error)
      this.#peer = undefined
      // Until then, more may be heard of what it has moved.
      await this.#killing
      for (const saved of peer.saved) this.acknowledged.push(JSON.parse(saved) as Acknowledged)
      if (end === undefined) return await peer.close()
      expect(end).toMatchObject({ message: 'The process has ended' })
    }
  }

  /** False while it is starting or has ended. */
  async kill(): Promise<boolean> {
    const peer = this.#peer
    if (peer === undefined) return false
    this.#killing = peer.kill()
    await this.#killing
    return true
  }
}

it.each([
  ['files', files],
  ['SQLite', sqlite],
])(
  'eight processes that move one label in %s, some of them killed, get exactly the acknowledged moves into its history, in an order that explains all calls',
  { timeout: LONG_MS },
  async (kind, make) => {
    const random = new Random(SEED, 'labels')
    const { options, storage: opened, findings } = await make()
    await using storage = opened
    const numbers = Array.from({ length: MOVES }, (_, at) => `1.0.${at + 1}`)
    for (let at = 0; at < MOVES; at += VERSIONS_AT_ONCE) {
      const some = numbers.slice(at, at + VERSIONS_AT_ONCE)
      await storage.saveVersions(some.map((version) => sampleVersion('p', version)))
    }
    const readers = await Promise.all(
      Array.from({ length: READERS }, async () => await Peer.start(options, SCRIPT)),
    )
    const readings = readers.map(async (reader) => await reader.call('read'))
    const movers = Array.from({ length: MOVERS }, (_, at) => new Mover(options, `mover ${at}`))
    let isMoving = true
    const moving = Promise.all(movers.map(async (mover) => await mover.run())).finally(
      () => (isMoving = false),
    )
    let kills = 0
    while (isMoving) {
      await Promise.race([sleep(random.integer(200, 1000)), moving])
      const victim = random.pick(movers)
      if (isMoving && (await victim.kill()) === true) kills++
    }
    await moving
    for (const reader of readers) await reader.call('stop')
    for (const { reads, back } of (await Promise.all(readings)) as {
      reads: number
      back: string[]
    }[]) {
      expect(back).toEqual([])
      expect(reads).toBeGreaterThan(0)
    }
    await Promise.all(readers.map(async (reader) => await reader.close()))
    const history = await new PromptRegistry({ storage }).labelHistory('p', 'production')
    expect(history.map(({ from }) => from)).toEqual([null, ...numbers.slice(0, -1)])
    expect(history.map(({ to }) => to)).toEqual(numbers)
    const acknowledged = movers.flatMap((mover) => mover.acknowledged)
    for (const { place, by } of acknowledged) expect(history[place - 1]?.by).toBe(by)
    expect(new Set(acknowledged.map(({ place }) => place)).size).toBe(acknowledged.length)
    // What was not acknowledged is what a killed process had under way: one move at most.
    const places = new Set(acknowledged.map(({ place }) => place))
    const unknown = history.flatMap(({ by }, at) => (places.has(at + 1) ? [] : [String(by)]))
    expect(new Set(unknown).size).toBe(unknown.length)
    const killed = movers.flatMap(({ names }) => names.slice(0, -1))
    expect(unknown.filter((by) => !killed.includes(by))).toEqual([])
    // A move whose call came after another had returned is behind it.
    const inOrder = acknowledged.toSorted((a, b) => a.place - b.place)
    let latestCall = 0
    for (const { calledAt, returnedAt } of inOrder) {
      expect(returnedAt).toBeGreaterThan(latestCall)
      latestCall = Math.max(latestCall, calledAt)
    }
    expect(await findings()).toEqual([])
    console.log(`${kind}: ${MOVES} moves, ${acknowledged.length} acknowledged, ${kills} kills`)
  },
)
