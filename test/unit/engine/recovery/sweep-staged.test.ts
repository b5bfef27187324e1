import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SIGNS_DIRECTORY, TEMPORARY_DIRECTORY } from '../../../../src/format/layout.js'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../../support/temp.js'

const LARGE = 2_000_000

describe('staged files of processes that were killed', () => {
  it('go with the next open, while other processes stay and write', async () => {
    const path = await tempDirectory()
    await using holder = await DurableDirectory.open(path, { disk: 'native' })
    const [release, living] = await stagingSlowly(holder)
    const killed = await Promise.all(Array.from({ length: 5 }, () => amidStream(path)))
    const alive = await amidStream(path)
    await Promise.all(killed.map(kill))
    expect(await stagedIn(path)).toHaveLength(7)
    await (await DurableDirectory.open(path, { disk: 'native' })).close()
    expect(await stagedIn(path)).toHaveLength(2)
    release()
    const staged = await living
    await holder.commit([{ kind: 'create', path: 'big', staged }])
    expect((await readFile(join(path, 'big'))).length).toBe(LARGE)
    await kill(alive)
    await (await DurableDirectory.open(path, { disk: 'native' })).close()
    expect(await stagedIn(path)).toEqual([])
  })

  it('go with a checkpoint of a process that had the store open before', async () => {
    const path = await tempDirectory()
    await using holder = await DurableDirectory.open(path, { disk: 'native' })
    await kill(await amidStream(path))
    expect(await stagedIn(path)).toHaveLength(1)
    await holder.commit([{ kind: 'create', path: 'note', bytes: Buffer.from('n') }])
    await holder.checkpoint()
    expect(await stagedIn(path)).toEqual([])
  })

  it('stay while a frame since the last checkpoint names them', async () => {
    const path = await tempDirectory()
    const options = { disk: 'native', checkpointIdleMs: 3_600_000 } as const
    await using holder = await DurableDirectory.open(path, options)
    const child = await runIn(
      path,
      `
      const directory = await open({ checkpointIdleMs: 3600000 })
      const staged = await directory.stage([new Uint8Array(${LARGE})])
      await directory.commit([{ kind: 'create', path: 'big', staged }])
      console.log(staged.path)`,
    )
    await kill(child.process)
    // As it is between the frame and the new name.
    await copyFile(join(path, 'big'), join(path, child.said))
    // Not closed before the look: closing makes a checkpoint.
    await using _opened = await DurableDirectory.open(path, options)
    expect(await stagedIn(path)).toHaveLength(1)
    await holder.commit([{ kind: 'create', path: 'note', bytes: Buffer.from('n') }])
    await holder.checkpoint()
    expect(await stagedIn(path)).toEqual([])
  })

  it('stay beside other processes when their names do not tell whose they are', async () => {
    const path = await tempDirectory()
    const holder = await DurableDirectory.open(path, { disk: 'native' })
    await writeFile(join(path, '.tmp/staged.tmp.1.2.0123456789abcdef'), 'of an earlier version')
    await (await DurableDirectory.open(path, { disk: 'native' })).close()
    expect(await stagedIn(path)).toHaveLength(1)
    await holder.close()
    await (await DurableDirectory.open(path, { disk: 'native' })).close()
    expect(await stagedIn(path)).toEqual([])
  })

  it.each(['native', 'portable'] as const)('go when the %s disk opens alone', async (disk) => {
    const path = await tempDirectory()
    const child = await amidStream(path, disk)
    await kill(child)
    expect(await stagedIn(path)).toHaveLength(1)
    await rm(join(path, SIGNS_DIRECTORY), { recursive: true, force: true })
    await (await DurableDirectory.open(path, { disk })).close()
    expect(await stagedIn(path)).toEqual([])
  })
})

async function stagedIn(path: string): Promise<string[]> {
  return (await readdir(join(path, TEMPORARY_DIRECTORY))).sort()
}

/** A stream of this process of which the first part is written; the rest follows when it is released. */
async function stagingSlowly(
  directory: DurableDirectory,
): Promise<readonly [() => void, ReturnType<DurableDirectory['stage']>]> {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  let begun = (): void => undefined
  const isBegun = new Promise<void>((resolve) => (begun = resolve))
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(LARGE / 2)
    begun()
    await released
    yield new Uint8Array(LARGE / 2)
  }
  const staged = directory.stage(pieces())
  await isBegun
  return [release, staged]
}

/** A process that has written 20 MiB of a stream, and waits for more. */
async function amidStream(path: string, disk = 'native'): Promise<ChildProcess> {
  const program = `
    const directory = await open({ disk: '${disk}' })
    async function* pieces() {
      for (let at = 0; at < 20; at++) yield new Uint8Array(1024 * 1024)
      console.log('amid')
      await new Promise(() => {})
    }
    await directory.stage(pieces())`
  return (await runIn(path, program)).process
}

/** Runs a process until it says something; it stays. */
async function runIn(
  path: string,
  body: string,
): Promise<{ readonly process: ChildProcess; readonly said: string }> {
  const program = `
      import { DurableDirectory } from 'holdfast'
      const open = (options) => DurableDirectory.open(${JSON.stringify(path)}, options)
      setInterval(() => {}, 1000)
      ${body}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '../../../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the writer ended with ${String(code)}`)
  })
  ended.catch(() => undefined)
  const [said] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer]
  return { process: child, said: said.toString().trim() }
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
