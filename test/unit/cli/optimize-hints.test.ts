import { spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Interruption } from '../../../src/cli/errors.js'
import { run } from '../../../src/cli/run.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
} from '../../support/simulated-run.js'
import { gatedModel } from '../../support/model-gate.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'
import { holdfast } from './here.js'
import { BIN, ended, plainEnvironment, type Ended } from './holdfast.js'

let model: SimulatedModel
let bin: string
beforeAll(async () => {
  model = await startSimulatedModel(2)
  bin = await tempDirectory()
  const command = join(bin, 'holdfast')
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`)
  await chmod(command, 0o755)
  await writeFile(`${command}.cmd`, `@"${process.execPath}" "${BIN}" %*\r\n`)
})

/** Runs a line as a person does who pastes it into a shell. */
async function paste(
  line: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { PATH, ...env } = plainEnvironment()
  const child = spawn(line, {
    shell: true,
    env: { ...env, ...variables, PATH: `${bin}${delimiter}${PATH ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return await ended(child)
}

/** The commands that are proposed below a title. */
function hintsOf(stderr: string, title: string): readonly string[] {
  const lines = stderr.split('\n')
  const after = lines.slice(lines.indexOf(`${title}:`) + 1)
  const end = after.findIndex((line) => !line.startsWith('  '))
  return after.slice(0, end).map((line) => line.trim())
}

/** A directory whose name a shell would take apart. */
async function awkward(): Promise<string> {
  const directory = join(await tempDirectory(), "it's my $HOME; (store)")
  await mkdir(directory)
  return directory
}

describe('the commands that optimize proposes', () => {
  it('after a run report and apply it, wherever the store is', async () => {
    const { config } = await simulatedRun(model, 'additive/12', { budget: { calls: 300 } })
    const dir = join(await awkward(), 'prompts')
    const args = ['optimize', 'run', config, '--run', 'one', '--dir', dir, '--retries', '1']
    const { code, stderr } = await holdfast(args)
    expect(code).toBe(0)
    const [report = '', apply = '', ...others] = hintsOf(stderr, 'Next')
    expect(others).toEqual([])
    const shown = await paste(report)
    expect([shown.code, shown.stderr]).toEqual([0, ''])
    expect(shown.stdout).toMatch(/^# A gain is proven\n/)
    // Without a terminal it does not ask, and says what to add.
    const asked = await paste(apply)
    expect([asked.code, asked.stdout]).toEqual([2, expect.stringContaining('+++ ')])
    expect(asked.stderr).toContain('pass --yes')
    const applied = await paste(`${apply} --yes`)
    expect([applied.code, applied.stderr]).toEqual([
      0,
      expect.stringContaining('1 text of shop.yml'),
    ])
  })

  it('after an interruption go on, with a store that is named by its URL', async () => {
    const { config } = await simulatedRun(model, 'additive/15', { budget: { calls: 150 } })
    const store = `sqlite:${join(await awkward(), 'prompts.db')}`
    const argv = ['optimize', 'run', config, '--run', 'one', '--store', store]
    const { environment, stderr, controller } = createEnvironment({ argv })
    environment.stderr.on('data', () => {
      if (stderr().includes('The present texts score'))
        controller.abort(new Interruption('SIGINT', 130))
    })
    expect(await run(environment)).toBe(130)
    const [resume = '', ...others] = hintsOf(stderr(), 'To go on')
    expect(others).toEqual([])
    const resumed = await paste(resume)
    expect(resumed.stderr).toContain('Next:')
    expect([0, 11]).toContain(resumed.code)
  })

  it('after a key that is refused go on with another one', async () => {
    const gate = await gatedModel(model, (_count, { authorization }) =>
      authorization === 'Bearer sk-right'
        ? undefined
        : { status: 401, body: { error: { message: 'Revoked', code: 'invalid_api_key' } } },
    )
    const endpoint = { base_url: `${gate.origin}/additive/15/v1`, api_key: { env: 'KEY' } }
    const { config } = await simulatedRun(model, 'additive/15', {
      models: {
        worker: { ...endpoint, model: 'worker' },
        writer: { ...endpoint, model: 'writer' },
      },
      budget: { calls: 150 },
    })
    const args = ['optimize', 'run', config, '--run', 'one', '--dir', await awkward()]
    const { code, stderr } = await holdfast(args, { env: { KEY: 'wrong-key' } })
    expect(code).toBe(1)
    const [resume = '', ...others] = hintsOf(stderr, 'With another key')
    expect(others).toEqual([])
    const resumed = await paste(resume, { KEY: 'sk-right' })
    expect([0, 11]).toContain(resumed.code)
  })

  it('after failures send the same requests again', async () => {
    const endpoint = { base_url: `${model.origin}/no/1/v1`, model: 'worker' }
    const { config } = await simulatedRun(model, 'additive/15', {
      models: { worker: endpoint, writer: endpoint },
    })
    const dir = await awkward()
    const { code, stderr } = await holdfast(['optimize', 'run', config, '--dir', dir])
    expect(code).toBe(1)
    const [again = '', ...others] = hintsOf(stderr, 'To send what has failed again')
    expect(others).toEqual([])
    // The endpoint is still wrong: the command has found the run, and asked again.
    const failed = await paste(again)
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('OPT-EVAL-001')])
    expect(hintsOf(failed.stderr, 'To send what has failed again')).toEqual([again])
  })
})
