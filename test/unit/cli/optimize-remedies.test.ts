import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Interruption } from '../../../src/cli/errors.js'
import { run } from '../../../src/cli/run.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../support/simulated-run.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'
import { holdfast } from './here.js'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel(2)
})

const BUDGET = { budget: { calls: 300 } }

/** What a failed command says, in one line. */
async function refused(args: readonly string[]): Promise<string> {
  const { code, stderr } = await holdfast(args)
  expect(code).not.toBe(0)
  return stderr
}

async function succeeds(args: readonly string[]): Promise<void> {
  const { code, stderr } = await holdfast(args)
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
}

// Remedies for files of other apps are carried out in commands/optimize-apply.test.ts, and proposed commands in
// optimize-hints.test.ts.
describe('what an error of optimize says to do, helps', () => {
  it('of apply: --unproven for a run without a gain, --yes without a terminal', async () => {
    const { config } = await simulatedRun(model, 'flat/82', { budget: { calls: 150 } })
    const at = ['--dir', await tempDirectory()]
    expect((await holdfast(['optimize', 'run', config, '--run', 'one', ...at])).code).toBe(11)
    const apply = ['optimize', 'apply', 'one', ...at]
    expect(await refused([...apply, '--yes'])).toContain('pass --unproven to apply it all the same')
    await succeeds([...apply, '--yes', '--unproven'])
  })

  it('of a run whose name is taken: another name; of apply: to run again with the file as it is', async () => {
    const { config, workflow } = await simulatedRun(model, 'additive/12', BUDGET)
    const at = ['--dir', await tempDirectory()]
    await succeeds(['optimize', 'run', config, '--run', 'one', ...at])
    const text = await readFile(workflow, 'utf8')
    await writeFile(workflow, text.replace('You ', 'They '))
    expect(await refused(['optimize', 'apply', 'one', '--yes', ...at])).toContain(
      'run again with the file as it is now',
    )
    expect(await refused(['optimize', 'run', config, '--run', 'one', ...at])).toContain(
      'give this one another name (--run NAME)',
    )
    await succeeds(['optimize', 'run', config, '--run', 'two', ...at])
    await succeeds(['optimize', 'apply', 'two', '--yes', ...at])
  })

  it('of a file that is gone: --file', async () => {
    const { config, workflow } = await simulatedRun(model, 'additive/12', BUDGET)
    const at = ['--dir', await tempDirectory()]
    await succeeds(['optimize', 'run', config, '--run', 'one', ...at])
    const moved = join(await tempDirectory(), 'moved.yml')
    await rename(workflow, moved)
    expect(await refused(['optimize', 'apply', 'one', '--yes', ...at])).toMatch(
      /shop\.yml cannot be read: .*; --file names it if it is elsewhere/,
    )
    await succeeds(['optimize', 'apply', 'one', '--yes', '--file', moved, ...at])
  })

  it('of a run that has not ended: resume', async () => {
    const { config } = await simulatedRun(model, 'additive/12', BUDGET)
    const at = ['--dir', await tempDirectory()]
    const argv = ['optimize', 'run', config, '--run', 'one', ...at]
    const { environment, stderr, controller } = createEnvironment({ argv })
    environment.stderr.on('data', () => {
      if (stderr().includes('The present texts score'))
        controller.abort(new Interruption('SIGINT', 130))
    })
    expect(await run(environment)).toBe(130)
    for (const command of ['report', 'apply', 'replay'])
      expect(await refused(['optimize', command, 'one', ...at])).toContain(
        'has not ended: resume it',
      )
    await succeeds(['optimize', 'resume', 'one', ...at])
    await succeeds(['optimize', 'report', 'one', ...at])
  })

  it('of a configuration: the key that was meant, a prompt of the file, more calls, the variable', async () => {
    const plan = async (settings: object): Promise<readonly string[]> => {
      const { config } = await simulatedRun(model, 'additive/12', { ...settings })
      return ['optimize', 'plan', config]
    }
    expect(await refused(await plan({ budget: { call: 400 } }))).toContain('did you mean "calls"')
    await succeeds(await plan({ budget: { calls: 400 } }))
    const unknown = await refused(await plan({ prompts: ['shop_llm_9'] }))
    const [, known = ''] = /which is not one of (\S+), /.exec(unknown) ?? []
    await succeeds(await plan({ prompts: [known] }))
    const poor = await refused(await plan({ budget: { calls: 40 } }))
    const [, seed, proof] = /the seed takes (\d+), and the proof up to (\d+)/.exec(poor) ?? []
    await succeeds(await plan({ budget: { calls: Number(seed) + Number(proof) + 1 } }))
  })

  it('of a gate without a baseline: --update', async () => {
    const { workflow } = await simulatedRun(model, 'additive/12')
    const gate = ['gate', workflow, '--baseline', `${workflow}.json`]
    expect(await refused(gate)).toContain('--update writes it')
    await succeeds([...gate, '--update'])
    await succeeds(gate)
  })
})
