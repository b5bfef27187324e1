import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkRunConfig } from '../src/optimizer/run/run-config.js'
import { codeBlocks, read, runExample } from './support/doc-examples.js'
import { startSimulatedModel, type SimulatedModel } from './support/simulated-run.js'
import { tempDirectory } from './support/temp.js'
import { holdfast } from './unit/cli/here.js'

const FILE = 'docs/optimizer-runs.md'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel()
})

/** The files of the tutorial, with the port of the simulated model. */
async function tutorial(): Promise<string> {
  const directory = await tempDirectory()
  for (const block of codeBlocks(FILE, 'yaml')) {
    const [, name = ''] = /^# (\w+\.\w+)$/m.exec(block) ?? []
    const text = block.replaceAll('http://127.0.0.1:PORT', model.origin)
    await writeFile(join(directory, name), text)
  }
  for (const set of ['train', 'validation', 'held_out']) {
    const cases = (await model.get(`additive/1/cases/${set}`)) as readonly unknown[]
    const lines = cases.map((each) => `${JSON.stringify(each)}\n`)
    await writeFile(join(directory, `${set}.jsonl`), lines.join(''))
  }
  return directory
}

describe(FILE, () => {
  it('goes from a file to an applied change, by the commands that it shows', async () => {
    const directory = await tutorial()
    const commands = codeBlocks(FILE, 'console').flatMap((block) =>
      Array.from(block.matchAll(/^\$ holdfast (.*)$/gm), ([, line = '']) => line.split(' ')),
    )
    expect(commands.map(([name, sub]) => `${name} ${sub}`)).toEqual([
      'optimize plan',
      'optimize run',
      'optimize report',
      'optimize apply',
      'log --dir',
    ])
    const place = (word: string): string =>
      /^(run\.yaml|prompts|report\.html)$/.test(word) ? join(directory, word) : word
    for (const command of commands) {
      const answered = command.includes('apply') ? [...command, '--yes'] : command
      const { code, stderr } = await holdfast(answered.map(place))
      expect([answered.join(' '), code, stderr.match(/^error.*$/m)?.[0]]).toEqual([
        answered.join(' '),
        0,
        undefined,
      ])
    }
    const scan = await holdfast(['optimize', 'lint', join(directory, 'shop.yml')])
    expect(scan.code).toBe(0)
  })

  it('shows a program that runs', async () => {
    const [example] = codeBlocks(FILE, 'js')
    const { stdout, stderr, status } = await runExample(example, await tutorial())
    expect([stderr, status]).toEqual(['', 0])
    const shown = Array.from(example?.matchAll(/^\/\/ (.*)$/gm) ?? [], ([, line]) => line)
    expect(stdout.trimEnd().split('\n')).toEqual(shown)
  })

  it('names each key of the configuration, and no other', () => {
    const rows = Array.from(read(FILE).matchAll(/^\| `([\w.]+)` +\|/gm), ([, key = '']) => key)
    const model = { base_url: 'http://x/v1', model: 'm' }
    const config = checkRunConfig({
      workflow: 'w',
      prompts: ['p'],
      target: { type: 'model', model: 'm' },
      models: { m: model },
      proposer: { model: 'm' },
      judge: { model: 'm' },
      data: { file: 'f' },
      budget: { calls: 1 },
    })
    const keys = Object.keys(config).map((key) => (key === 'models' ? 'models.NAME' : key))
    expect(rows.sort()).toEqual(keys.sort())
  })
})
