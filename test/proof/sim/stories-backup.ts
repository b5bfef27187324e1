import { expectThat, type Scenario, type Story } from './scenario.js'

const PAGE = 'y'.repeat(3500)
const NAMES = Array.from({ length: 6 }, (_, number) => `some/file${number}`)

/** Transactions over several files, one after another. */
async function writeOn(
  scenario: Scenario,
  opened: Awaited<ReturnType<Scenario['open']>>,
  times: number,
): Promise<void> {
  for (let time = 0; time < times; time++) {
    const files = NAMES.map((name) => [name, `${time} of ${name}`])
    await scenario.commit(opened, Object.fromEntries(files))
  }
}

/** Each backup is restored when the story has ended: it is one state that the store was in while it was made. */
export const BACKUP_STORIES: Readonly<Record<string, Story>> = {
  'backs up one state while another process writes': async (scenario) => {
    const [first, second] = [await scenario.open(), await scenario.open()]
    await writeOn(scenario, first, 1)
    const writing = writeOn(scenario, first, 12)
    while (!(await Promise.race([writing.then(() => true), scenario.pause(3)])))
      expectThat(await scenario.backUp(second), 'a backup failed')
    await scenario.commit(first, { [NAMES[0] ?? '']: undefined })
    expectThat(await scenario.backUp(second), 'a backup failed')
  },

  'backs up one state for a reader without a lock': async (scenario) => {
    const { machine } = scenario
    const writer = await scenario.open()
    await writeOn(scenario, writer, 1)
    await writer.directory.checkpoint()
    const reader = await scenario.open(machine.start(), { readOnly: true })
    machine.before('read', /^some\/file0$/, () => machine.faults.failNext('read', 'hang'))
    const backup = scenario.backUp(reader)
    await writeOn(scenario, writer, 2)
    await writer.directory.checkpoint()
    await writeOn(scenario, writer, 4)
    expectThat(await backup, 'a backup failed')
  },

  'backs up for a reader what a dead writer has only in the journal': async (scenario) => {
    const { machine } = scenario
    await scenario.commit(await scenario.open(), { 'a/one': 'A' })
    const writer = machine.start()
    const opened = await scenario.open(writer)
    machine.before('rename', /^b\/two$/, () => writer.kill())
    machine.before('link', /^b\/two$/, () => writer.kill())
    await scenario.commit(opened, { 'a/one': 'B', 'b/two': 'B', 'c/three': 'B' })
    expectThat(writer.killed, 'the writer was not killed')
    const reader = await scenario.open(machine.start(), { readOnly: true })
    expectThat(await scenario.backUp(reader), 'a backup failed')
  },

  'backs up nothing by half for a reader while a commit is being published': async (scenario) => {
    const { machine } = scenario
    const writer = await scenario.open()
    await scenario.commit(writer, { 'a/one': 'A', 'b/two': 'A' })
    // What a checkpoint does not cover, a reader serves from the journal.
    await writer.directory.checkpoint()
    const reader = await scenario.open(machine.start(), { readOnly: true })
    machine.before('rename', /^b\/two$/, () => machine.faults.failNext('rename', 'hang'))
    const writing = scenario.commit(writer, { 'a/one': 'B', 'b/two': 'B' })
    await scenario.pause(20)
    expectThat(await scenario.backUp(reader), 'a backup failed')
    await writing
  },

  'backs up nothing by half for a reader whose store lost its writer': async (scenario) => {
    const { machine } = scenario
    await scenario.commit(await scenario.open(), { 'a/one': 'A', 'b/two': 'A' })
    const writer = machine.start()
    const opened = await scenario.open(writer)
    await opened.directory.checkpoint()
    const reader = await scenario.open(machine.start(), { readOnly: true })
    machine.before('rename', /^b\/two$/, () => writer.kill())
    await scenario.commit(opened, { 'a/one': 'B', 'b/two': 'B' })
    expectThat(writer.killed, 'the writer was not killed')
    expectThat(await scenario.backUp(reader), 'a backup failed')
  },

  'backs up one state though the journal moves on while files are copied': async (scenario) => {
    const { machine } = scenario
    const [first, second] = [await scenario.open(), await scenario.open()]
    await scenario.commit(first, { 'a/one': 'A', 'a/two': 'A' })
    machine.before('open', /^a\/one$/, () => machine.faults.failNext('open', 'hang'))
    const backup = scenario.backUp(second)
    await scenario.pause(10)
    await scenario.commit(first, { 'a/one': 'B', 'a/two': undefined, 'a/three': 'B' })
    for (let number = 0; number < 36; number++)
      await scenario.commit(first, { [`page${number}`]: PAGE })
    await first.directory.checkpoint()
    expectThat(await backup, 'a backup failed')
  },
}
