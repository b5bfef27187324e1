import { beforeAll, describe, expect, it } from 'vitest'
import { sleep } from '../../../src/base/clock.js'
import type { RunReport } from '../../../src/optimizer/run/run-report.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
  type SimulatedRun,
} from '../../support/simulated-run.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_SIGNALS } from '../../support/windows.js'
import { ended, holdfast, holdfastJson, start } from './holdfast.js'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel(5)
})

/** Waits until the model has had that many requests more. */
async function requests(run: SimulatedRun, more: number): Promise<void> {
  const now = async (): Promise<number> => (await run.counts())['requests'] ?? 0
  const wanted = (await now()) + more
  while ((await now()) < wanted) await sleep(5)
}

describe('a run on the command line', () => {
  it('that is killed goes on where it was: the same result, and nothing that was answered is asked again', async () => {
    const run = await simulatedRun(model, 'noisy/91')
    const [whole, dir] = [await tempDirectory(), await tempDirectory()]
    const args = ['optimize', 'run', run.config, '--run', 'one', '--dir']
    const { document: expected } = await holdfastJson([...args, whole])
    const before = (await run.counts())['requests'] ?? 0
    for (const more of [20, 60, 40]) {
      const child = start([...args, dir])
      await requests(run, more)
      child.kill('SIGKILL')
      await ended(child)
    }
    const resumed = await holdfastJson(['optimize', 'resume', 'one', '--dir', dir])
    const [one, other] = [expected, resumed.document] as RunReport[]
    expect({ ...other, ledger: null }).toEqual({ ...one, ledger: null })
    const { sent, repeated, different } = other?.ledger.requests ?? {}
    expect(sent).toBe((different ?? 0) + (repeated ?? 0))
    // Three kills, with at most four requests under way at each.
    expect(repeated).toBeLessThanOrEqual(12)
    const asked = ((await run.counts())['requests'] ?? 0) - before
    // A request whose intent was kept may not have been sent.
    expect(asked).toBeLessThanOrEqual(sent ?? 0)
    expect(asked).toBeGreaterThanOrEqual(different ?? Infinity)
  })

  it.skipIf(isWindows)(
    `that is ended by Ctrl-C says how it goes on (not on Windows: ${NO_SIGNALS})`,
    async () => {
      const run = await simulatedRun(model, 'noisy/92')
      const dir = await tempDirectory()
      const child = start(['optimize', 'run', run.config, '--run', 'two', '--dir', dir])
      await requests(run, 30)
      child.kill('SIGINT')
      const { code, stderr } = await ended(child)
      expect(code).toBe(130)
      expect(stderr).toContain('To go on:\n  holdfast optimize resume two --dir ')
      const resumed = await holdfast(['optimize', 'resume', 'two', '--dir', dir])
      expect(resumed.stderr).not.toContain('error')
      expect([0, 11]).toContain(resumed.code)
    },
  )
})
