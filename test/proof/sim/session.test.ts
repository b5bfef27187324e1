import { expect, it } from 'vitest'
import { DirectorySubject } from './directory-subject.js'
import { loadEngine } from './engine.js'
import { Explorer } from './explorer.js'
import { EMPTY_IMAGE } from './kernel.js'
import { Machine } from './machine.js'
import { MUTANTS } from './mutants.js'
import { findTexts, plant } from './mutation.js'
import { LYING } from './presets.js'
import { runSession } from './session.js'
import type { SubjectOptions } from './subject.js'
import { World } from './world.js'

const DIST = new URL('../../../dist/', import.meta.url)
const engine = await loadEngine(DIST)
const SESSIONS = ['7/0', '7/1', '7/2']

it('does the same again with the same seed, and something else with another', async () => {
  const hashes = new Set<number>()
  for (const session of SESSIONS) {
    const first = await runSession(engine, session, { states: 20 })
    expect(await runSession(engine, session, { states: 20 })).toEqual(first)
    hashes.add(first.hash)
  }
  expect(hashes.size).toBe(SESSIONS.length)
})

it('gives the thread its clock, its timers and its randomness back', async () => {
  const before = [Date, setTimeout, setImmediate, performance.now, Error.stackTraceLimit]
  await runSession(engine, '7/3', { states: 5 })
  expect([Date, setTimeout, setImmediate, performance.now, Error.stackTraceLimit]).toEqual(before)
  const waited = performance.now()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(performance.now() - waited).toBeGreaterThan(15)
})

it('loses data on a lying disk, as it must', async () => {
  const sessions = Array.from({ length: 4 }, (_, at) => `8/${at}`)
  const work = async (): Promise<void> => {
    for (const session of sessions)
      await runSession(engine, session, { presets: [LYING], states: 20 })
  }
  await expect(work()).rejects.toThrow(/holds nothing|gone|damaged|by half|Cannot open/)
})

it('stops a killed process where it is, and frees its locks', async () => {
  const world = new World('kill')
  world.install()
  try {
    const machine = new Machine(world, engine, EMPTY_IMAGE)
    const victim = machine.start()
    const lock = await victim.acquire('', 'exclusive', { timeoutMs: 0 })
    expect(lock.mode).toBe('exclusive')
    let returned = false
    victim.kill()
    void victim.enter('stat', '').then(() => (returned = true))
    const other = machine.start()
    await world.run(other.acquire('', 'exclusive', { timeoutMs: 0 }))
    expect(returned).toBe(false)
    machine.stop()
  } finally {
    world.uninstall()
  }
})

it('counts an image once, however often crashes leave it', async () => {
  const world = new World('count')
  world.install()
  try {
    const options: SubjectOptions = {
      durability: 'commit',
      segmentBytes: 65_536,
      journalBytes: 65_536,
      checkpointIdleMs: 1000,
      ioTimeoutMs: 0,
      enableTrash: false,
      enableSharding: false,
    }
    const subject = new DirectorySubject({ engine, options })
    const limits = { states: 100, perPoint: 50, deeperPart: 0, depthMax: 1, keepsSaves: true }
    const seen = new Map()
    const explorer = new Explorer(world, engine, world.random, subject, LYING, limits, seen)
    const anything = { check: () => [] }
    await explorer.explore(EMPTY_IMAGE, [], () => anything)
    expect(explorer.counts).toEqual({ raw: 5, states: 1, deeper: 0 })
  } finally {
    world.uninstall()
  }
})

it('finds the text of every bug that it plants', () => {
  for (const mutant of MUTANTS) expect(() => findTexts(DIST, mutant)).not.toThrow()
})

it('refuses to plant a bug whose text is not in the engine', () => {
  const patches = [{ file: 'disk/portable/commit.js', before: 'no such text', after: '' }]
  expect(() => plant(DIST, { name: 'lost', patches })).toThrow('its text occurs 0 times')
})
