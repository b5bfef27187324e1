import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import { SEED } from '../../support/random.js'
import { tempDirectory } from '../../support/temp.js'
import { Random } from '../crash/random.mjs'
import { Peer } from './peers.js'

const SCRIPT = fileURLToPath(new URL('sqlite-peer.mjs', import.meta.url))
const PROCESSES = 8
const VERSIONS = 4000
const LONG_MS = 300_000

interface Saved {
  readonly version: string
  readonly name: string
}

/** Processes that compete for the versions, each followed by another one when it is killed, until all are saved. */
class Competitor {
  readonly acknowledged: Saved[] = []
  readonly killed: string[] = []
  #peer: Peer | undefined
  readonly #file: string
  readonly #number: number

  constructor(file: string, number: number) {
    this.#file = file
    this.#number = number
  }

  async run(): Promise<void> {
    for (let life = 1; ; life++) {
      const name = `process ${this.#number}, life ${life}`
      const peer = await Peer.start({ file: this.#file }, SCRIPT)
      this.#peer = peer
      const end = await peer.call('compete', 1, VERSIONS, name).catch((error: unknown) => error)
      this.#peer = undefined
      for (const saved of peer.saved) this.acknowledged.push(JSON.parse(saved) as Saved)
      if (end === undefined) return await peer.close()
      expect(end).toMatchObject({ message: 'The process has ended' })
      this.killed.push(name)
    }
  }

  async kill(): Promise<void> {
    await this.#peer?.kill()
  }
}

describe('processes that share a database of SQLite', () => {
  it(
    'save each version once, by the one that was told so, although some are killed',
    { timeout: LONG_MS },
    async () => {
      const random = new Random(SEED, 'sqlite')
      const file = join(await tempDirectory(), 'prompts.db')
      await using storage = await SqliteStorage.open({ file })
      const all = Array.from({ length: PROCESSES }, (_, at) => new Competitor(file, at))
      let isRunning = true
      const running = Promise.all(all.map(async (each) => await each.run())).finally(
        () => (isRunning = false),
      )
      for (let kills = 0; isRunning && kills < 40; kills++) {
        await Promise.race([sleep(random.integer(50, 300)), running])
        await random.pick(all).kill()
      }
      await running
      const versions = Array.from({ length: VERSIONS }, (_, at) => `1.0.${at + 1}`)
      expect(await storage.listVersionNames('p')).toEqual(versions)
      const acknowledged = all.flatMap((each) => each.acknowledged)
      expect(new Set(acknowledged.map(({ version }) => version)).size).toBe(acknowledged.length)
      const winners = new Map(acknowledged.map(({ version, name }) => [version, name]))
      const killed = all.flatMap((each) => each.killed)
      for (const { version, prompt } of await storage.listVersions('p')) {
        const [, by] = /^(.*) has saved it$/.exec('text' in prompt ? String(prompt.text) : '') ?? []
        // What no process has reported, one that was killed had under way.
        if (winners.has(version)) expect(by).toBe(winners.get(version))
        else expect(killed).toContain(String(by))
      }
      expect(await storage.checkIntegrity()).toEqual({
        ok: true,
        documents: VERSIONS,
        problems: [],
      })
      console.log(`${acknowledged.length} of ${VERSIONS} acknowledged, ${killed.length} kills`)
    },
  )

  it('lose a transaction that a killed process had open, and its lock', async () => {
    const file = join(await tempDirectory(), 'prompts.db')
    await using storage = await SqliteStorage.open({ file })
    const peer = await Peer.start({ file }, SCRIPT)
    await peer.call('beginAndStay')
    const saving = storage.saveVersion(sampleVersion('p', '1.0.0'))
    expect(await storage.listPromptIds()).toEqual([])
    await peer.kill()
    await saving
    expect(await storage.listPromptIds()).toEqual(['p'])
    expect(await storage.readHead('half')).toBeUndefined()
    expect(await storage.checkIntegrity()).toEqual({ ok: true, documents: 1, problems: [] })
  })
})
