import { expectThat, type Story } from './scenario.js'
import { BACKUP_STORIES } from './stories-backup.js'
import { SHARING_STORIES } from './stories-sharing.js'
import { SOFT_STORIES } from './stories-soft.js'

const LARGE = 'x'.repeat(9000)

/** Whether a commit that failed says that it may have taken effect all the same. */
function isUnknown(error: unknown): boolean {
  return (error as { context?: { outcome?: unknown } } | undefined)?.context?.outcome === 'unknown'
}

/**
 * Short stories, each about one thing that once went wrong or easily could; afterwards the power is cut everywhere.
 * Some were found by sessions: an acknowledged commit lost, a transaction there by half, a store that would
 * not open any more, a failure that was none.
 */
const WRITING_STORIES: Readonly<Record<string, Story>> = {
  'keeps the first commits of a new store, whose journal directory is new as well': async (
    scenario,
  ) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/file': 'A' })
    await scenario.commit(opened, { large: LARGE })
  },

  'opens when a crash has left a segment under the name of a spare as well': async (scenario) => {
    await scenario.commit(await scenario.open(), { file: 'A' })
    const { kernel } = scenario.machine
    kernel.link('.journal/000000000001.log', '.journal/spare-0123456789abcdef.log')
    kernel.flush(kernel.get('.journal'))
    await scenario.commit(await scenario.reopen(), { other: 'B' })
  },

  'does not write over the last segment where a crash has left it under the name of a spare as well':
    async (scenario) => {
      await scenario.commit(await scenario.open(), { file: 'A' })
      await scenario.commit(await scenario.reopen(), { file: 'B' })
      const { kernel } = scenario.machine
      kernel.link('.journal/000000000002.log', '.journal/spare-0123456789abcdef.log')
      await scenario.commit(await scenario.reopen(), { other: 'C' })
    },

  'opens when a process died between the note of a checkpoint and the first frame of the next segment':
    async (scenario) => {
      const first = scenario.machine.start()
      const opened = await scenario.open(first)
      // With the note, as many frames as a segment takes.
      for (let at = 0; at < 13; at++) await scenario.commit(opened, { [`file${at}`]: 'A' })
      await opened.directory.checkpoint()
      scenario.machine.before('open', /000000000002/, () => first.kill())
      await scenario.commit(opened, { one: 'B' })
      expectThat(first.killed, 'the segment was not turned')
      await scenario.commit(await scenario.reopen(), { two: 'C' })
      await scenario.check(await scenario.reopen())
    },

  'flushes the journal directory that another process has made and not flushed': async (
    scenario,
  ) => {
    const first = scenario.machine.start()
    scenario.machine.before('create', /^\.journal\//, () => first.kill())
    await Promise.race([scenario.open(first), first.death])
    await scenario.commit(await scenario.open(), { file: 'A' })
  },

  'does not build on the note of a checkpoint whose flush has failed': async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { file: 'A' })
    scenario.machine.faults.failNext('fdatasync', 'EIO')
    await opened.close().catch(() => undefined)
    const again = await scenario.reopen()
    await scenario.commit(again, { one: 'B' })
    await scenario.commit(again, { two: 'C' })
  },

  'keeps a large content whose directories recovery has made': async (scenario) => {
    const { machine } = scenario
    const first = machine.start()
    const opened = await scenario.open(first)
    machine.before('rename', /^deep\/er\/large$/, () => first.kill())
    await scenario.commit(opened, { 'deep/er/large': LARGE })
    for (const empty of ['deep/er', 'deep']) machine.kernel.removeDirectory(empty)
    machine.kernel.flush(machine.kernel.get(''))
    const again = await scenario.reopen()
    await scenario.check(again)
    await scenario.commit(again, { other: 'B' })
  },

  'does not build on the note of a checkpoint that its process could not flush': async (
    scenario,
  ) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { file: 'A' })
    scenario.machine.faults.failNext('fdatasync', 'hang-for-ever')
    const closing = opened.close()
    await Promise.race([closing, scenario.pause()])
    const again = await scenario.reopen()
    await scenario.commit(again, { one: 'B' })
    await scenario.commit(again, { two: 'C' })
  },

  'flushes a frame that its process could not flush before it shows anything of it': async (
    scenario,
  ) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { first: 'A' })
    scenario.machine.faults.failNext('fdatasync', 'hang-for-ever')
    await scenario.commit(opened, { 'a/one': 'B', 'b/two': 'B', three: 'B' })
    await scenario.commit(await scenario.reopen(), { last: 'C' })
  },

  'flushes a frame that its process could not flush, though another has died over it': async (
    scenario,
  ) => {
    const { machine } = scenario
    const opened = await scenario.open()
    await scenario.commit(opened, { first: 'A' })
    machine.faults.failNext('fdatasync', 'hang-for-ever')
    await scenario.commit(opened, { 'a/one': 'B', 'b/two': 'B', three: 'B' })
    machine.stop()
    const heir = machine.start()
    machine.before('write', /^\.tmp\//, () => heir.kill())
    await Promise.race([scenario.open(heir), heir.death])
    await scenario.commit(await scenario.reopen(), { last: 'C' })
  },

  'never brings back a part of a transaction that could not be published': async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/before': 'A', 'b/before': 'A' })
    const { machine } = scenario
    machine.before('link', /^a\/one$/, () => machine.faults.failNext('link', 'EIO', 1, 1))
    const error = await scenario.create(opened, { 'a/one': 'B', 'b/two': 'B' })
    expectThat(error !== undefined, 'a transaction that could not be published succeeded')
    await scenario.commit(opened, { last: 'C' })
  },

  'shows nothing from a full disk that loss of power could take back': async (scenario) => {
    const { machine } = scenario
    const opened = await scenario.open()
    await scenario.commit(opened, { first: 'A' })
    machine.faults.failNext('fdatasync', 'hang-for-ever')
    await scenario.commit(opened, { second: 'B' })
    machine.stop()
    machine.faults.failNext('write', 'ENOSPC', 1000)
    await scenario.read(await scenario.open(), 'second')
  },

  'says what became of a transaction for whose withdrawal no descriptor was left': async (
    scenario,
  ) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/before': 'A' })
    // A call waits for descriptors only while something holds one.
    await opened.directory.openFile('a/before')
    const { machine } = scenario
    machine.before('link', /^b\/two$/, () => machine.faults.failNext('open', 'EMFILE', 1000))
    const error = await scenario.create(opened, { 'b/two': LARGE })
    expectThat(isUnknown(error), 'a half published transaction was said to have failed')
    machine.faults.end()
    await scenario.commit(opened, { last: 'C' })
    await scenario.check(opened)
  },

  'says what became of a transaction whose withdrawal could not be flushed': async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/before': 'A', 'b/before': 'A' })
    const { faults } = scenario.machine
    scenario.machine.before('link', /^b\/two$/, () => {
      faults.failNext('link', 'EIO')
      faults.failNext('fdatasync', 'EIO')
    })
    const error = await scenario.create(opened, { 'a/one': LARGE, 'b/two': LARGE, 'c/three': 'B' })
    expectThat(isUnknown(error), 'a frame in doubt was not said to be')
    await scenario.commit(opened, { last: 'C' })
    await scenario.check(opened)
  },

  'acknowledges what is committed, though the commits of others cannot be followed': async (
    scenario,
  ) => {
    const first = await scenario.open()
    const second = await scenario.open()
    await scenario.commit(first, { one: 'A' })
    scenario.machine.faults.failNext('read', 'EIO', 3)
    const error = await scenario.commit(second, { two: 'B' })
    expectThat(error === undefined, 'a commit that was done was said to have failed')
  },

  'says that the outcome is unknown when a frame could not be flushed': async (scenario) => {
    const opened = await scenario.open()
    scenario.machine.faults.failNext('fdatasync', 'EIO', 2)
    const error = await scenario.commit(opened, { one: 'A' })
    expectThat(isUnknown(error), 'a frame in doubt was not said to be')
  },

  'writes to another segment what could not be flushed': async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { one: 'A' })
    scenario.machine.faults.failNext('fdatasync', 'EIO')
    const error = await scenario.commit(opened, { two: 'B', three: 'B' })
    expectThat(error === undefined, 'one failed flush was not made good')
    await scenario.commit(opened, { four: 'C' })
  },

  'keeps a file whose directories are new, though a checkpoint has let go of its frame': async (
    scenario,
  ) => {
    const opened = await scenario.open()
    await scenario.create(opened, { 'a/b/c/file': 'A' })
    await opened.directory.checkpoint()
    await scenario.pause()
  },

  'rewrites what a checkpoint could not flush': async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/one': 'A'.repeat(700), two: 'B' })
    scenario.machine.faults.failNext('fsync', 'EIO')
    await opened.directory.checkpoint()
    await scenario.commit(opened, { three: 'C' })
  },

  'recovers from the journal what a checkpoint could not flush': async (scenario) => {
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/one': 'A'.repeat(700), two: 'B' })
    scenario.machine.faults.failNext('fsync', 'EIO', 1000)
    await opened.directory.checkpoint().catch(() => undefined)
    await scenario.commit(await scenario.reopen(), { three: 'C' })
  },

  'keeps a removal though its directory goes while a checkpoint is at it': async (scenario) => {
    const { machine } = scenario
    const opened = await scenario.open()
    await scenario.commit(opened, { 'a/one': 'A', 'a/two': 'A' })
    await opened.directory.checkpoint()
    await scenario.commit(opened, { 'a/one': undefined })
    machine.before('open', /^a$/, () => machine.faults.failNext('open', 'hang'))
    const checkpoint = opened.directory.checkpoint()
    await scenario.pause(100)
    await scenario.commit(opened, { 'a/two': undefined })
    await checkpoint
    await scenario.commit(opened, { three: 'C' })
  },

  'goes on where the system writes less than it was asked to': async (scenario) => {
    const opened = await scenario.open()
    scenario.machine.faults.failNext('write', 'short', 1000)
    await scenario.commit(opened, { one: 'A'.repeat(100) })
    await scenario.commit(opened, { large: LARGE })
    await scenario.check(opened)
  },

  'keeps what was staged for a transaction that may have been committed': async (scenario) => {
    const opened = await scenario.open()
    scenario.machine.faults.failNext('fdatasync', 'EIO', 2)
    await scenario.commit(opened, { large: LARGE, small: 'A' })
    await scenario.reopen()
  },
}

export const STORIES: Readonly<Record<string, Story>> = {
  ...WRITING_STORIES,
  ...SHARING_STORIES,
  ...SOFT_STORIES,
  ...BACKUP_STORIES,
}

export function storyNamed(name: string): Story {
  const story = STORIES[name]
  if (story === undefined) throw new RangeError(`no story is called '${name}'`)
  return story
}
