import { setTimeout as sleep } from 'node:timers/promises'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { filled, holdfast, holdfastJson } from '../here.js'
import { document, ended, start } from '../holdfast.js'

interface Report {
  readonly phases: readonly {
    readonly phase: string
    readonly count: number
    readonly p50_ms: number
    readonly max_ms: number
  }[]
}

describe('holdfast profile', () => {
  it('measures saves by phase, reads and deletions, and leaves the store as it was', async () => {
    const dir = await filled()
    const before = await holdfast(['ids', '--dir', dir])
    const { code, document: report } = await holdfastJson([
      'profile',
      '--writes',
      '20',
      '--dir',
      dir,
    ])
    expect(code).toBe(0)
    expect(report).toMatchObject({ writes: 20, concurrency: 1, bytes: 2000 })
    const { phases } = report as Report
    expect(phases.map(({ phase, count }) => [phase, count])).toEqual([
      ['save', 20],
      ['prepare', 20],
      ['commit', 20],
      ['read', 20],
      ['delete 20', 1],
    ])
    for (const { p50_ms: median, max_ms: most } of phases) {
      expect(median).toBeGreaterThan(0)
      expect(most).toBeGreaterThanOrEqual(median)
    }
    expect((await holdfast(['ids', '--dir', dir])).stdout).toBe(before.stdout)
    expect((await holdfast(['verify', '--dir', dir])).code).toBe(0)
  })

  it('saves several at once, and counts their batches', async () => {
    const dir = await filled()
    const line = ['profile', '--writes', '40', '--concurrency', '8', '--dir', dir]
    const { stdout, stderr, code } = await holdfast(line)
    expect(code).toBe(0)
    expect(stdout).toMatch(/save +│ +40 │/)
    expect(stdout).not.toContain('prepare')
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(stderr).toMatch(/^\d+(\.\d)? saves per second; all of them are deleted again\n$/)
  })

  it('measures a store of another kind as a whole', async () => {
    const env = { HOLDFAST_STORE: `sqlite:${join(await tempDirectory(), 'prompts.db')}` }
    await holdfast(['save'], { env, input: document('mine', '1.0.0') })
    const { code, document: report } = await holdfastJson(['profile', '--writes', '5'], { env })
    expect(code).toBe(0)
    const { phases } = report as Report
    expect(phases.map(({ phase }) => phase)).toEqual(['save', 'read', 'delete 5'])
    expect((await holdfast(['ids'], { env })).stdout).toBe('mine\n')
  })

  it('deletes what it has saved when it is interrupted', async () => {
    const dir = await filled()
    const child = start(['profile', '--writes', '100000', '--dir', dir])
    const outcome = ended(child)
    while (!(await readdir(dir)).includes('holdfast-profile')) await sleep(10)
    child.kill('SIGINT')
    expect((await outcome).code).toBe(130)
    expect((await holdfast(['ids', '--dir', dir])).stdout).not.toContain('holdfast-profile')
  })

  it.each([
    ['--writes', '0'],
    ['--concurrency', '257'],
    ['--bytes', '50001'],
  ])('refuses %s %s before it opens the store', async (flag, value) => {
    const { code, stderr } = await holdfast(['profile', flag, value, '--dir', '/nowhere'])
    expect(code).toBe(2)
    expect(stderr).toContain(`${flag} must be from 1 to`)
  })
})
