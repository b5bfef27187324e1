import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import {
  simulatedRun,
  startSimulatedModel,
  type SimulatedModel,
  type SimulatedRun,
} from '../../../support/simulated-run.js'
import { definitionOf } from '../../../../src/optimizer/run/run-definition.js'
import { promptsOf } from '../../../../src/optimizer/run/run-prompts.js'
import { RunRecords } from '../../../../src/optimizer/run/run-records.js'
import type { ReportedPrompt } from '../../../../src/optimizer/run/run-report.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { sampleReport } from '../../../support/run-report.js'
import { WORKFLOW_DIRECTORY } from '../../optimizer/workflow-files.js'
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
    const made = await holdfastJson(['get', 'shop_llm_0', '--dir', dir])
    expect(made.document).toMatchObject({
      metadata: {
        author: 'optimizer',
        strategy: 'hill-climb',
        run: 'one',
        message: 'Run one: A gain is proven',
      },
    })
    const base = await holdfastJson(['get', 'shop_llm_0', '1.0.0', '--dir', dir])
    expect(base.document).toMatchObject({ metadata: { author: 'baseline', strategy: null } })
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

  it('applies to a moved file of other line ends, once told that it is the same app', async () => {
    const { dir, directory, workflow } = await ran('additive/81')
    const args = ['optimize', 'apply', 'one', '--dir', dir, '--yes']
    const before = await readFile(workflow, 'utf8')
    const nameless = await holdfast([...args, '--author', ''])
    expect(nameless.stderr).toContain('--author must not be empty')
    expect(await readFile(workflow, 'utf8')).toBe(before)
    expect((await holdfast([...args, '--author', 'ada'])).code).toBe(0)
    const { document: made } = await holdfastJson(['get', 'shop_llm_0', '--dir', dir])
    expect(made).toMatchObject({ metadata: { author: 'ada', run: 'one' } })
    const moved = join(directory, 'moved.yml')
    const source = await simulatedRun(model, 'additive/81')
    const text = (await readFile(source.workflow, 'utf8')).replaceAll('\n', '\r\n')
    await writeFile(moved, text)
    const refused = await holdfast([...args, '--file', moved])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('--same-app')
    expect(await readFile(moved, 'utf8')).toBe(text)
    const named = await holdfast([...args, '--file', moved, '--workflow-id', 'shop'])
    expect(named.code).toBe(1)
    expect(named.stderr).toContain('give it another id (--workflow-id')
    const copy = join(directory, 'copy.yml')
    await writeFile(copy, text)
    const own = await holdfast([...args, '--file', copy, '--workflow-id', 'shop copy'])
    expect([own.code, own.stderr]).toEqual([0, expect.stringContaining('saved: shop copy_llm_0')])
    const applied = await holdfast([...args, '--file', moved, '--same-app'])
    expect(applied.code).toBe(0)
    const now = await readFile(moved, 'utf8')
    expect(now).not.toBe(text)
    expect(now.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  it('refuses standard input, which cannot be changed, and saves nothing', async () => {
    const { dir, workflow } = await ran('additive/81')
    const input = await readFile(workflow, 'utf8')
    const args = ['optimize', 'apply', 'one', '--dir', dir, '--yes', '--file', '-']
    const { code, stderr } = await holdfast(args, { input })
    expect(code).toBe(2)
    expect(stderr).toContain('standard input cannot be changed: name a file')
    expect((await holdfast(['ids', '--dir', dir])).stdout).toBe('')
  })

  it('changes one text of a real file, and no other byte of it', async () => {
    const name = 'translation_workflow.yml'
    const bytes = await readFile(join(WORKFLOW_DIRECTORY, name))
    const file = join(await tempDirectory(), name)
    await writeFile(file, bytes)
    const [prompt] = promptsOf(parseDifyFile(bytes, name))
    if (prompt === undefined) throw new Error('the file has a prompt')
    const { carried, prompt_id: id } = prompt
    const after = `${carried.text.trimEnd()}\nAnswer in plain words: "so", not 'thus'.`
    const dir = await tempDirectory()
    await keptRun(dir, file, bytes, {
      prompt_id: id,
      pointer: carried.pointer,
      node_id: carried.node?.id ?? null,
      node_title: carried.node?.title ?? null,
      line: carried.line,
      syntax: carried.syntax,
      before: carried.text,
      after,
      changed: true,
    })
    const { code } = await holdfast(['optimize', 'apply', 'real', '--dir', dir, '--yes'])
    expect(code).toBe(0)
    const [old, now] = [bytes.toString(), await readFile(file, 'utf8')]
    const changed = parseDifyFile(now, name).texts.filter(
      ({ text }, at) => text !== parseDifyFile(bytes, name).texts[at]?.text,
    )
    expect(changed.map(({ pointer, text }) => [pointer, text])).toEqual([[carried.pointer, after]])
    const lines = (text: string): readonly string[] => text.split('\n')
    const kept = lines(old).filter((line) => !lines(now).includes(line))
    expect(kept.length).toBeLessThanOrEqual(lines(carried.text).length)
  })
})

/** A store with a run of a file whose report has one new text. */
async function keptRun(
  dir: string,
  file: string,
  bytes: Buffer,
  prompt: ReportedPrompt,
): Promise<void> {
  const one = (id: string): object => ({ id, inputs: {} })
  const definition = definitionOf({
    config: {
      workflow: file,
      target: { type: 'model', model: 'm' },
      models: { m: { base_url: 'http://127.0.0.1:1/v1', model: 'm' } },
      proposer: { model: 'm' },
      data: { train: 'a', validation: 'b', held_out: 'c' },
      budget: { calls: 100 },
    },
    file,
    bytes: bytes.toString('base64'),
    cases: { train: [one('a')], validation: [one('b')], held_out: [one('c')], anchors: [] },
    notes: [],
  })
  await using storage = await FileSystemStorage.open({ storageDir: dir })
  const records = new RunRecords(storage)
  await records.begin('real', definition)
  await records.end('real', sampleReport('x', { run: 'real', prompts: [prompt] }), 0)
}
