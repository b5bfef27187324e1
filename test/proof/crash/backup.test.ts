import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { verifyBackups } from '../../../src/engine/backup/backups.js'
import { backedUp, backupNumbers, digests, storedFiles } from '../../support/backup-reader.mjs'
import { contradictionIn } from '../../support/counted-store.mjs'
import { tempDirectory } from '../../support/temp.js'

const WRITERS = ['one', 'two', 'three', 'four'] as const
const SECONDS = Number(process.env['HOLDFAST_BACKUP_SECONDS'] ?? 20)

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** A process that is started again each time it is killed. */
class Victim {
  kills = 0
  readonly #start: () => ChildProcess
  readonly #told: (message: Record<string, unknown>) => void
  #child: ChildProcess | undefined
  #isDone = false

  constructor(start: () => ChildProcess, told: (message: Record<string, unknown>) => void) {
    this.#start = start
    this.#told = told
    this.#run()
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    this.kills++
  }

  async stop(): Promise<void> {
    this.#isDone = true
    await this.kill()
  }

  #run(): void {
    this.#child = this.#start()
    this.#child.on('message', (message) => this.#told(message as Record<string, unknown>))
    this.#child.once('exit', (_, signal) => {
      if (signal === null) this.#told({ ended: true })
      if (!this.#isDone) this.#run()
    })
  }
}

it(
  'keeps every backup at one commit of each writer while writers and backups are killed',
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    console.log(`seed ${seed}`)
    let state = seed
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    const root = await tempDirectory()
    const [path, to] = [join(root, 'store'), join(root, 'backups')]
    await (await DurableDirectory.open(path)).close()
    const committed = new Map<string, number>(WRITERS.map((writer) => [writer, 0]))
    /** What was acknowledged when each backup began: all of that has to be in it. */
    const made = new Map<number, ReadonlyMap<string, number>>()
    let begun: ReadonlyMap<string, number> = new Map()
    let unexpected = 0
    const options = { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] as const }
    const writers = WRITERS.map(
      (writer) =>
        new Victim(
          () =>
            fork(script('backup-writer.mjs'), [path, writer, String(committed.get(writer))], {
              ...options,
              stdio: [...options.stdio],
            }),
          ({ committed: n, ended }) => {
            if (ended === true) unexpected++
            if (typeof n === 'number') committed.set(writer, n)
          },
        ),
    )
    const maker = new Victim(
      () => fork(script('backup-maker.mjs'), [path, to], { ...options, stdio: [...options.stdio] }),
      ({ begun: isBegun, made: sequence, ended }) => {
        if (ended === true) unexpected++
        if (isBegun === true) begun = new Map(committed)
        if (typeof sequence === 'number') made.set(sequence, begun)
      },
    )
    const victims = [...writers, maker]
    onTestFinished(async () => void (await Promise.all(victims.map(async (each) => each.stop()))))
    const end = Date.now() + SECONDS * 1000
    while (Date.now() < end) {
      await sleep(200 + random() * 1200)
      await victims[Math.floor(random() * victims.length)]?.kill()
    }
    await Promise.all(victims.map(async (each) => await each.stop()))
    expect(unexpected).toBe(0)
    const numbers = backupNumbers(to)
    console.log(
      `${numbers.length} backups, ${made.size} acknowledged, ${[...committed.values()].reduce((a, b) => a + b, 0)} commits, ${victims.reduce((sum, { kills }) => sum + kills, 0)} kills`,
    )
    expect(made.size).toBeGreaterThan(2)
    for (const sequence of made.keys()) expect(numbers).toContain(sequence)
    for (const sequence of numbers) {
      const counts = new Map<string, number>()
      const { contents } = backedUp(to, sequence)
      expect(contradictionIn(contents, WRITERS, counts)).toBeUndefined()
      for (const [writer, least] of made.get(sequence) ?? [])
        expect(counts.get(writer)).toBeGreaterThanOrEqual(least)
      const place = join(root, 'restored')
      await DurableDirectory.restore(to, { to: place, backup: sequence })
      expect(digests(storedFiles(place))).toEqual(digests(contents))
      await rm(place, { recursive: true })
    }
    expect((await verifyBackups(to)).ok).toBe(true)
    await using directory = await DurableDirectory.open(path)
    await directory.backup(to)
    expect(contradictionIn(storedFiles(path), WRITERS)).toBeUndefined()
  },
  (SECONDS + 120) * 1000,
)
