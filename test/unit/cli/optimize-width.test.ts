import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { displayWidth } from '../../../src/cli/table.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../support/simulated-run.js'
import { tempDirectory } from '../../support/temp.js'
import { WORKFLOW_DIRECTORY } from '../optimizer/workflow-files.js'
import { runHere } from './environment.js'
import { holdfast } from './here.js'
import type { Ended } from './holdfast.js'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel()
})

/** Lines that are wider than a terminal. Commands to paste, and words such as paths, are not taken apart. */
function tooWide({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): readonly string[] {
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => displayWidth(line) > 80 && !/^ {2}holdfast |^\s*\S+$/.test(line))
}

describe('what optimize prints', () => {
  it('about the plan, the run and its report fits in 80 columns', async () => {
    const { config, workflow } = await simulatedRun(model, 'additive/12', {
      budget: { calls: 400, tokens: 10_000_000, money: 100, seconds: 3600 },
    })
    const plan = await holdfast(['optimize', 'plan', config])
    expect(plan.stdout).toContain('Budget, never exceeded: 400 calls, 10000000 tokens, 100 money')
    expect(tooWide(plan)).toEqual([])
    const at = ['--dir', await tempDirectory()]
    const ran = await holdfast(['optimize', 'run', config, '--run', 'one', ...at])
    expect([ran.code, tooWide(ran)]).toEqual([0, []])
    expect(tooWide(await holdfast(['optimize', 'replay', 'one', ...at]))).toEqual([])
    // The difference is the file's.
    const { stderr } = await holdfast(['optimize', 'apply', 'one', '--yes', ...at])
    expect(tooWide({ stdout: '', stderr })).toEqual([])
    const gate = ['gate', workflow, '--baseline', `${workflow}.json`]
    expect(tooWide(await holdfast([...gate, '--update']))).toEqual([])
    expect(tooWide({ stdout: '', stderr: (await holdfast(gate)).stderr })).toEqual([])
  })

  it.each(['scan', 'lint', 'score'])('of real files by %s fits in 80 columns', async (command) => {
    const { stdout, stderr } = await holdfast(['optimize', command, WORKFLOW_DIRECTORY])
    expect(stdout).not.toBe('')
    expect(tooWide({ stdout, stderr })).toEqual([])
  })

  it('as a warning or an error is one line in a log, and whole words on a terminal', async () => {
    const argv = ['optimize', 'score', WORKFLOW_DIRECTORY, '--min-score', '80']
    const logged = await runHere(argv)
    expect(logged.stderr).toMatch(/^warning \S.* scores 68\.6, less than 80: Artifact_llm$/m)
    const { stderr } = await runHere(argv, { isTTY: true, variables: { NO_COLOR: '1' } })
    expect(tooWide({ stdout: '', stderr })).toEqual([])
    const wrong = ['optimize', 'frobnicate']
    expect((await runHere(wrong)).stderr.trimEnd()).not.toContain('\n')
    const shown = await runHere(wrong, { isTTY: true, variables: { NO_COLOR: '1' } })
    expect(tooWide(shown)).toEqual([])
    expect(shown.stderr.replaceAll('\n  ', ' ')).toBe((await runHere(wrong)).stderr)
    const coloured = await runHere(wrong, { isTTY: true })
    expect(coloured.stderr).toContain('\u001b[31merror CLI-USAGE-001\u001b[39m unknown')
  })

  it('of a file under a long path names the path as one word', async () => {
    const file = join(await tempDirectory(), `${'long-name-'.repeat(12)}.yml`)
    const { stderr } = await runHere(['optimize', 'lint', file], { isTTY: true })
    expect(stderr).toContain(file)
  })
})
