import { spawn, spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import {
  livingOwner as livingOwnerAt,
  portableSignPlace,
} from '../../../../src/disk/portable/owner.js'
import { ownRecord } from '../../../../src/disk/process-start.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_SIGN } from '../../../support/windows.js'
import { failure, inChild, openVolume, readable, text, VOLUME_OPTIONS } from '../support.js'
import { held, type Holder } from './holder.js'

const DIST = new URL('../../../../dist/disk/portable/portable-disk.js', import.meta.url).href

const livingOwner = async (directory: string): ReturnType<typeof livingOwnerAt> =>
  await livingOwnerAt(await portableSignPlace(new PortableRoot(directory, 0o600, 0o700)))

describe('the owner of a store on the portable disk', () => {
  it('writes who it is, and takes its file away when it closes', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(portableDisk, directory)
    const record: unknown = JSON.parse(await readFile(join(directory, '.owner'), 'utf8'))
    expect(record).toMatchObject({ pid: process.pid, thread: 0 })
    expect(await livingOwner(directory)).toEqual({ pid: process.pid, life: 'alive' })
    await volume.close()
    expect(await livingOwner(directory)).toBeUndefined()
    expect(await readdir(directory)).toEqual([])
  })

  it('keeps other processes out and names itself to them', async () => {
    const directory = await tempDirectory()
    await openVolume(portableDisk, directory)
    const answer = await inChild(
      'portable',
      `try { await disk.openVolume(input[0], options) } catch (error) {
        return { code: error.code, phase: error.phase, message: error.message }
      }`,
      { input: [directory] },
    )
    expect(answer).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'owner' })
    expect((answer as { message: string }).message).toContain(`process ${process.pid} `)
  })

  it('keeps other threads of its process out', async () => {
    const directory = await tempDirectory()
    await openVolume(portableDisk, directory)
    const worker = new Worker(
      `import { parentPort, workerData } from 'node:worker_threads'
      const { portableDisk } = await import(workerData.module)
      const opening = portableDisk.openVolume(workerData.directory, workerData.options)
      parentPort.postMessage(await opening.then(() => 'opened', (error) => error.code))`,
      {
        eval: true,
        execArgv: ['--input-type=module'],
        workerData: { module: DIST, directory, options: VOLUME_OPTIONS },
      },
    )
    const answer = await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    await worker.terminate()
    expect(answer).toBe('ELOCKTIMEOUT')
  })
})

describe('an owner that died', () => {
  it('leaves the store to its process when it was a terminated worker thread', async ({ skip }) => {
    skip(isWindows, NO_SIGN)
    const directory = await tempDirectory()
    const worker = new Worker(
      `import { parentPort, workerData } from 'node:worker_threads'
      const { portableDisk } = await import(workerData.module)
      const volume = await portableDisk.openVolume(workerData.directory, workerData.options)
      await volume.write('file', Buffer.from('kept'), { replace: false, flush: true })
      parentPort.postMessage('open')
      // Neither the thread's own event loop nor its handles are to decide.
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)`,
      {
        eval: true,
        execArgv: ['--input-type=module'],
        workerData: { module: DIST, directory, options: VOLUME_OPTIONS },
      },
    )
    onTestFinished(async () => void (await worker.terminate()))
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    const refused = await failure(portableDisk.openVolume(directory, VOLUME_OPTIONS))
    expect(refused.code).toBe('ELOCKTIMEOUT')
    await worker.terminate()
    const volume = await openVolume(portableDisk, directory)
    expect(readable(await volume.read('file'))).toBe('kept')
    await volume.close()
    expect(await readdir(directory)).not.toContain('.alive')
  })

  it('is a worker of a cluster, not its primary', async () => {
    const directory = await tempDirectory()
    const script = join(await tempDirectory(), 'cluster.mjs')
    await writeFile(
      script,
      `import cluster from 'node:cluster'
      const { portableDisk } = await import(${JSON.stringify(DIST)})
      const open = () => portableDisk.openVolume(${JSON.stringify(directory)}, ${JSON.stringify(VOLUME_OPTIONS)})
      if (cluster.isPrimary) {
        const worker = cluster.fork()
        await new Promise((resolve) => worker.once('message', resolve))
        const before = await open().then(() => 'opened', (error) => error.code)
        worker.process.kill('SIGKILL')
        await new Promise((resolve) => worker.once('exit', resolve))
        const after = await open().then(() => 'opened', (error) => error.message)
        console.log([before, after].join(' '))
        process.exit()
      }
      await open()
      process.send('open')
      setInterval(() => undefined, 1000)`,
    )
    const { stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect(stdout).toBe('ELOCKTIMEOUT opened\n')
  })

  it('loses the store to the next one at once, killed as it may be', async () => {
    const directory = await tempDirectory()
    const child = await holdInChild(directory)
    const refused = await failure(portableDisk.openVolume(directory, VOLUME_OPTIONS))
    expect(refused.code).toBe('ELOCKTIMEOUT')
    expect(refused.message).toContain(`process ${child.pid} `)
    await child.kill()
    const volume = await openVolume(portableDisk, directory)
    await volume.write('file', text('mine'), { replace: false, flush: false })
    expect(await livingOwner(directory)).toEqual({ pid: process.pid, life: 'alive' })
    expect(await volume.list('.tmp')).toEqual([])
  })

  it('is known by another boot, another start time, or a damaged file', async () => {
    const own = await ownRecord('')
    for (const stale of [
      // Windows reports neither.
      ...(isWindows
        ? []
        : [{ boot_id: '00000000-0000-0000-0000-000000000000' }, { started: '1' }]
      ).map((other) => JSON.stringify({ ...own, ...other })),
      JSON.stringify({ ...own, pid: 2 ** 22 + 1 }),
      '',
      '\0'.repeat(100),
      '{"pid": "x"}',
    ]) {
      const directory = await tempDirectory()
      await writeFile(join(directory, '.owner'), stale)
      expect(await livingOwner(directory)).toBeUndefined()
      const volume = await openVolume(portableDisk, directory)
      expect(await livingOwner(directory)).toEqual({ pid: process.pid, life: 'alive' })
      await volume.close()
    }
  })

  it('leaves the store to exactly one of many that want it', async () => {
    const directory = await tempDirectory()
    // Of no process: Windows does not tell when one has started.
    const stale = JSON.stringify({ ...(await ownRecord('')), pid: 2 ** 22 + 1 })
    const contend = `
      const { writeFile } = await import('node:fs/promises')
      while (Date.now() < input[1]) await new Promise((next) => setTimeout(next, 1))
      let volume
      try { volume = await disk.openVolume(input[0], options) } catch (error) { return error.code }
      // Not before all others have asked: one that comes late on a busy machine would get what has been released.
      const { existsSync } = await import('node:fs')
      const untilMs = Date.now() + 20_000
      while (!existsSync(input[2]) && Date.now() < untilMs)
        await new Promise((next) => setTimeout(next, 20))
      await volume.close()
      return 'won'`
    await writeFile(join(directory, '.owner'), stale)
    const startMs = Date.now() + 2000
    const everyLoserLeft = join(await tempDirectory(), 'left')
    let losers = 0
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const input = [directory, startMs, everyLoserLeft]
        const answer = await inChild('portable', contend, { input })
        if (answer !== 'won' && ++losers === 7) await writeFile(everyLoserLeft, '')
        return answer
      }),
    )
    expect(answers.filter((answer) => answer === 'won')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'ELOCKTIMEOUT')).toHaveLength(7)
  })
})

async function holdInChild(directory: string): Promise<Holder> {
  const script = `
    import { portableDisk } from ${JSON.stringify(DIST)}
    await portableDisk.openVolume(${JSON.stringify(directory)}, ${JSON.stringify(VOLUME_OPTIONS)})
    process.stdout.write('open')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return await held(child)
}
