import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  bootId,
  isThreadRunning,
  judgeByNumber,
  ownRecord,
  parseRecord,
} from '../../../src/disk/process-start.js'

const isLinux = process.platform === 'linux'
/** Above what Linux gives out. */
const PID_OF_NONE = 2 ** 22 + 1

describe('the record of a process', () => {
  it('is what was written, and knows the gaps of earlier versions', async () => {
    const own = await ownRecord('native-1-00000000-0123456789abcdef')
    expect(parseRecord(JSON.stringify({ ...own, id: 'x' }))).toEqual(own)
    expect(own).toMatchObject({ pid: process.pid, thread: 0, boot_id: await bootId() })
    expect(parseRecord('{"pid": 7, "started": "1", "boot_id": "b"}')).toEqual({
      pid: 7,
      started: '1',
      boot_id: 'b',
      pid_namespace: '',
      thread: 0,
      task: '',
      sign: '',
    })
  })

  it.each([
    '',
    'null',
    '7',
    '{"pid": 7',
    '{"pid": 0, "started": "", "boot_id": ""}',
    '{"pid": -7, "started": "", "boot_id": ""}',
    '{"pid": 1.5, "started": "", "boot_id": ""}',
    '{"pid": "7", "started": "", "boot_id": ""}',
    '{"pid": 7, "started": 1, "boot_id": ""}',
    '{"pid": 7, "started": ""}',
  ])('is damaged if it is %j', (text) => {
    expect(parseRecord(text)).toBeUndefined()
  })
})

describe('whether a process runs, by its number', () => {
  it('is alive while it runs, and dead when no process has the number', async () => {
    const own = await ownRecord('')
    expect(await judgeByNumber(own)).toBe('alive')
    expect(await judgeByNumber({ ...own, started: '' })).toBe('alive')
    expect(await judgeByNumber({ ...own, pid: PID_OF_NONE })).toBe('dead')
  })

  it.runIf(isLinux)('is dead when a later process has the number', async () => {
    expect(await judgeByNumber({ ...(await ownRecord('')), started: '1' })).toBe('dead')
  })

  it.runIf(isLinux)('is dead while its parent has not waited for it yet', async () => {
    // The shell ends its child and becomes a program that never waits for it.
    const script = 'sleep 60 & kill -9 $!; echo $!; exec sleep 60'
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [output] = (await once(parent.stdout, 'data')) as [Buffer]
    const own = await ownRecord('')
    await expect
      .poll(
        async () => await judgeByNumber({ ...own, pid: Number(output.toString()), started: '' }),
      )
      .toBe('dead')
    parent.kill('SIGKILL')
  })

  it.runIf(isLinux)('is unknown in another namespace, and on another boot', async () => {
    const own = await ownRecord('')
    expect(await judgeByNumber({ ...own, pid_namespace: 'pid:[1]' })).toBe('unknown')
    expect(await judgeByNumber({ ...own, pid_namespace: '' })).toBe('unknown')
    expect(await judgeByNumber({ ...own, boot_id: 'another' })).toBe('unknown')
  })
})

describe.runIf(isLinux)('whether a thread exists', () => {
  it('is seen by its number within a process of the same start', async () => {
    const own = await ownRecord('')
    expect(await isThreadRunning(own)).toBe(true)
    expect(await isThreadRunning({ ...own, task: String(PID_OF_NONE) })).toBe(false)
    expect(await isThreadRunning({ ...own, started: '1' })).toBe(false)
    expect(await isThreadRunning({ ...own, task: '' })).toBe(false)
    // A record is data from a file: its number of a task is never a path.
    expect(await isThreadRunning({ ...own, task: '..' })).toBe(false)
  })
})
