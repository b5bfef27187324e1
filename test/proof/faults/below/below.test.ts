import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { SEED } from '../../../support/random.js'
import { flushedAgain, metFault } from './log.mjs'

const RUNNER = fileURLToPath(new URL('run.mjs', import.meta.url))
const SECONDS = process.env['HOLDFAST_FAULT_SECONDS'] ?? '15'

describe('a store whose system calls fail, one after the other', () => {
  it.each(['native', 'portable'])(
    'acknowledges what is kept, refuses what is not, and says when it does not know: %s disk',
    async (disk) => {
      const args = ['--disk', disk, '--seconds', SECONDS, '--seed', String(SEED)]
      const { code, output } = await faults(args)
      // The seed is in it, and after a failure how to replay it.
      console.log(output)
      expect(code).toBe(0)
      if (!output.includes('skipped')) expect(output).toMatch(/passed: .* 0 violations/)
    },
    Number(SECONDS) * 1000 + 120_000,
  )
})

describe('the log of the injector', () => {
  it('tells a call that met its fault from flushes that went through', () => {
    expect(metFault('fdatasync ok 1@2.3 /s/.journal/1.log\n')).toBe(false)
    expect(metFault('fsync ok 1@2.3 /s/a.json\nlinkat EIO - /s/a.json\n')).toBe(true)
  })

  it('shows a file that was flushed again after a failed flush, and no other', () => {
    const failed = 'fdatasync EIO 1@2.3 /s/.journal/000000000001.log\n'
    expect(flushedAgain(`${failed}fsync ok 1@2.3 /s/.journal/spare-0.log\n`)).toHaveLength(1)
    expect(flushedAgain(`${failed}fsync ok 1@2.9 /s/.journal/spare-0.log\n`)).toEqual([])
    const interrupted = 'fsync EINTR 3@1.1 /s/a.json\nfsync ok 3@1.1 /s/a.json\n'
    expect(flushedAgain(interrupted)).toHaveLength(1)
    expect(flushedAgain(interrupted, 'portable')).toEqual([])
    expect(flushedAgain('fsync EIO 7@1.1 /s/p\nfsync ok 7@1.1 /s/p\n')).toEqual([])
  })
})

async function faults(
  args: readonly string[],
): Promise<{ readonly code: unknown; readonly output: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [RUNNER, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: `${stdout}${stderr}` })
    })
  })
}
