import type { OpenedDirectory } from './directory-subject.js'
import type { SimulatedProcess } from './machine.js'
import { expectThat, type Scenario, type Story } from './scenario.js'

const SEGMENT_BYTES = 64 * 1024

/** Several processes on one store, several calls at a time, and strangers. */
export const SHARING_STORIES: Readonly<Record<string, Story>> = {
  'finishes what another process has left when it died': async (scenario) => {
    const first = scenario.machine.start()
    const dying = await scenario.open(first)
    const living = await scenario.open()
    await scenario.commit(living, { before: 'A' })
    scenario.machine.faults.failNext('fdatasync', 'hang-for-ever')
    await scenario.commit(dying, { 'a/one': 'B', 'b/two': 'B' })
    first.kill()
    await scenario.commit(living, { after: 'C' })
    await scenario.check(living)
    await scenario.commit(living, { later: 'D' })
  },

  'finishes what another process has published by half when it died': async (scenario) => {
    const first = scenario.machine.start()
    const dying = await scenario.open(first)
    const living = await scenario.open()
    scenario.machine.before('rename', /^b\/two$/, () => first.kill())
    await scenario.commit(dying, { 'a/one': 'B', 'b/two': 'B' })
    await scenario.commit(living, { after: 'C' })
    await scenario.check(living)
    await living.directory.checkpoint()
    await scenario.check(await scenario.reopen())
  },

  'finishes what another process has published by half, though the journal can no longer be flushed':
    async (scenario) => {
      const first = scenario.machine.start()
      const dying = await scenario.open(first)
      const living = await scenario.open()
      scenario.machine.before('rename', /^b\/two$/, () => {
        scenario.machine.faults.failNext('fdatasync', 'EIO')
        first.kill()
      })
      await scenario.commit(dying, { 'a/one': 'B', 'b/two': 'B' })
      await scenario.commit(living, { after: 'C' })
      await scenario.check(living)
    },

  'finishes what a takeover has published by half when it died, though the journal can no longer be flushed':
    async (scenario) => {
      const { machine } = scenario
      const [first, second] = [machine.start(), machine.start()]
      const writer = await scenario.open(first)
      const heir = await scenario.open(second)
      const living = await scenario.open()
      machine.before('fdatasync', /^\.journal/, () => first.kill())
      await scenario.commit(writer, { 'a/one': 'B', 'b/two': 'B' })
      machine.before('rename', /^b\/two$/, () => {
        machine.faults.failNext('fdatasync', 'EIO')
        second.kill()
      })
      await scenario.commit(heir, { never: 'C' })
      await scenario.commit(living, { after: 'D' })
      await scenario.check(living)
    },

  'keeps its journal whole when a process died before the name of a new segment was flushed':
    async (scenario) => {
      const heir = scenario.machine.start()
      const [dying, living] = await dyingInTurn(scenario, heir)
      // Making one would flush the names beside it.
      addSpares(scenario, 2)
      // More than a segment holds. What is written back before leaves few changes that loss of power decides about.
      for (let at = 0; at < 13; at++) await scenario.commit(dying, { [`a${at}`]: 'A' })
      writeBack(scenario)
      for (let at = 13; at < 15; at++) await scenario.commit(dying, { [`a${at}`]: 'A' })
      dieInTurn(scenario, heir, /000000000003/)
      await scenario.commit(living, { after: 'B' })
      expectThat(heir.killed, 'the second turn was not reached')
    },

  'goes on when a process died as it turned away from a segment that could not be flushed': async (
    scenario,
  ) => {
    const [dying, living] = await dyingInTurn(scenario)
    await scenario.commit(dying, { before: 'A' })
    scenario.machine.faults.failNext('fdatasync', 'EIO')
    await scenario.commit(dying, { never: 'B' })
    await commitMany(scenario, living, 'b', 3)
    await scenario.check(living)
  },

  'serves calls on one path in their order': async (scenario) => {
    const opened = await scenario.open()
    const ends = await Promise.all(
      Array.from({ length: 6 }, async (_, at) => {
        await scenario.pause(1 + at)
        if (at % 2 === 1) return await scenario.commit(opened, { same: undefined })
        return await scenario.create(opened, { same: `${at}` })
      }),
    )
    expectThat(
      ends.every((error) => error === undefined),
      'a call overtook another',
    )
  },

  'serves calls on one path in their order, though a flush fails between them': async (
    scenario,
  ) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { same: 'first' })
    scenario.machine.faults.failNext('fdatasync', 'EIO')
    await Promise.all(
      Array.from({ length: 4 }, async (_, at) => {
        await scenario.pause(1 + at)
        await scenario.commit(opened, { same: `${at}` })
      }),
    )
    await scenario.check(opened)
  },

  'excludes writers by one lock for all, whichever processes come and go': async (scenario) => {
    const first = await scenario.open()
    await (await scenario.open()).close()
    const last = await scenario.open()
    await Promise.all([commitMany(scenario, first, 'a', 8), commitMany(scenario, last, 'b', 8)])
    await scenario.check(first)
    await scenario.check(last)
  },

  'flushes what others have committed, though reads of the journal have failed before': async (
    scenario,
  ) => {
    const { faults } = scenario.machine
    const first = await scenario.open()
    const last = await scenario.open()
    // More than a segment holds.
    await commitMany(scenario, last, 'file', 15)
    for (let after = 1; after <= 4; after++) {
      faults.failNext('read', 'EIO', 1, after)
      await first.directory.refresh().catch(() => undefined)
    }
    faults.end()
    await first.directory.checkpoint()
    await scenario.commit(first, { later: 'B' })
  },

  'writes over no file that another program has made meanwhile': async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { before: 'A' })
    scenario.machine.before('link', /^taken$/, () => scenario.strange('taken', 'theirs'))
    const error = await scenario.create(opened, { taken: 'own' })
    expectThat(error !== undefined, 'a file of another program was written over')
    await scenario.check(opened)
    await scenario.commit(opened, { after: 'C' })
  },

  'creates no file that is there already': async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { taken: 'A' })
    const error = await scenario.create(opened, { taken: 'B' })
    expectThat(error !== undefined, 'a file was created twice')
    await scenario.check(opened)
  },

  'leaves alone what others have put beside its own staged files': async (scenario) => {
    await scenario.commit(await scenario.open(), { file: 'A' })
    const { kernel } = scenario.machine
    kernel.write(kernel.createFile('.tmp/notes.txt'), Buffer.from('theirs'), 0)
    await scenario.commit(await scenario.reopen(), { other: 'B' })
    expectThat(kernel.find('.tmp/notes.txt') !== undefined, "another program's file is gone")
  },
}

/** Two processes, of which the first dies in its turn to the second segment. */
async function dyingInTurn(
  scenario: Scenario,
  second = scenario.machine.start(),
): Promise<readonly [OpenedDirectory, OpenedDirectory]> {
  const first = scenario.machine.start()
  const opened = await Promise.all([scenario.open(first), scenario.open(second)])
  dieInTurn(scenario, first, /000000000002/)
  return opened
}

/** The process dies once the segment has its name, and before that name is flushed. */
function dieInTurn({ machine }: Scenario, process: SimulatedProcess, segment: RegExp): void {
  machine.before('link', segment, () => {
    machine.before('fsync', /^\.journal$/, () => process.kill())
  })
}

/** As a system does it now and then: everything that was written is flushed. */
function writeBack({ machine: { kernel } }: Scenario): void {
  for (const node of kernel.nodes.keys()) kernel.flush(node)
}

function addSpares({ machine: { kernel } }: Scenario, count: number): void {
  for (let at = 0; at < count; at++) {
    const node = kernel.createFile(`.journal/spare-000000000000000${at}.log`)
    kernel.write(node, new Uint8Array(SEGMENT_BYTES), 0)
    kernel.flush(node)
  }
  kernel.flush(kernel.get('.journal'))
}

async function commitMany(
  scenario: Scenario,
  opened: OpenedDirectory,
  name: string,
  count: number,
): Promise<void> {
  for (let at = 0; at < count; at++) {
    const error = await scenario.commit(opened, { [`${name}${at}`]: `${at}` })
    expectThat(error === undefined, `a commit failed or never ended: ${String(error)}`)
  }
}
