import { readFile, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
  type SimulatedRun,
} from '../../../support/simulated-run.js'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'

let model: SimulatedModel
beforeAll(async () => {
  model = await startSimulatedModel()
})

async function ran(world: string): Promise<SimulatedRun & { readonly dir: string }> {
  const run = await simulatedRun(model, world)
  const dir = await tempDirectory()
  await holdfast(['optimize', 'run', run.config, '--dir', dir, '--run', 'one'])
  return { ...run, dir }
}

describe('holdfast optimize apply', () => {
  it('shows the difference, changes the one text, and saves the versions before and after', async () => {
    const { dir, workflow } = await ran('additive/81')
    const before = await readFile(workflow, 'utf8')
    const args = ['optimize', 'apply', 'one', '--dir', dir]
    const dry = await holdfast([...args, '--dry-run'])
    expect(dry.code).toBe(0)
    expect(dry.stdout).toMatch(/^\+ {12}\S/m)
    expect(await readFile(workflow, 'utf8')).toBe(before)
    const asked = await holdfast(args)
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain('pass --yes')
    const applied = await holdfast([...args, '--yes'])
    expect(applied.code).toBe(0)
    expect(applied.stderr).toContain('saved: shop_llm_0 1.0.1')
    const after = await readFile(workflow, 'utf8')
    expect(after).toContain('# What the customers read.')
    const [old, now] = [before, after].map((text) => parseDifyFile(text, 'shop.yml').texts)
    expect(now?.map(({ text }) => text).slice(1)).toEqual(old?.map(({ text }) => text).slice(1))
    expect(now?.[0]?.text).not.toBe(old?.[0]?.text)
    const stored = await holdfast(['get', 'shop_llm_0', '--dir', dir, '--text'])
    expect(stored.stdout).toBe(now?.[0]?.text)
    const first = await holdfast(['get', 'shop_llm_0', '1.0.0', '--dir', dir, '--text'])
    expect(first.stdout).toBe(old?.[0]?.text)
    const again = await holdfastJson([...args, '--yes'])
    expect(again.document).toMatchObject({ written: false, present: ['shop_llm_0'] })
    const report = await holdfast(['optimize', 'report', 'one', '--dir', dir])
    expect(report.stdout).toContain('## Histories')
    const gate = ['gate', workflow, '--baseline', `${workflow}.json`]
    await holdfast([...gate, '--update'])
    expect((await holdfast([...gate, '--run', 'one', '--dir', dir])).code).toBe(0)
    await writeFile(workflow, before)
    const other = await holdfast([...gate, '--run', 'one', '--dir', dir])
    expect(other.code).toBe(1)
    expect(other.stdout).toContain('**Texts that are not those of the run**')
  })

  it('refuses a run without a proven gain, and a file with another text', async () => {
    const flat = await ran('flat/82')
    const args = ['optimize', 'apply', 'one', '--dir', flat.dir, '--yes']
    const none = await holdfast(args)
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('--unproven')
    const { dir, workflow } = await ran('additive/83')
    const text = await readFile(workflow, 'utf8')
    await writeFile(workflow, text.replace('You ', 'They '))
    const other = await holdfast(['optimize', 'apply', 'one', '--dir', dir, '--yes'])
    expect(other.code).toBe(1)
    expect(other.stderr).toContain('OPT-LEDGER-001')
  })
})
