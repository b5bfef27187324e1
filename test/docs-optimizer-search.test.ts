import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startModel, worldAt } from './proof/optimizer/driver.mjs'
import { codeBlocks, runExample } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'

it('the example of docs/optimizer-search.md finds a gain on the simulated model, and goes on from its ledger', async () => {
  const bed = await startModel()
  try {
    const world = worldAt(bed.port, 'additive', 1)
    const sets = [
      await world.get('cases/train'),
      await world.get('cases/validation'),
      await world.get('cases/held_out'),
    ]
    const lines = sets.flat().map((each) => `${JSON.stringify(each)}\n`)
    const [example = ''] = codeBlocks('docs/optimizer-search.md', 'ts')
    expect(example).toContain('http://localhost:11434/v1')
    const directory = await tempDirectory()
    const program = example.replace('http://localhost:11434/v1', world.url)
    await writeFile(join(directory, 'cases.jsonl'), lines.join(''))
    const first = await runExample(program, directory)
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(first.stdout).toMatch(/^\{ total: 300, seed: \d+, search: \d+, proof: \d+ \}\ngain /)
    const { counts } = await world.get('log')
    await rm(join(directory, 'node_modules'), { recursive: true })
    const again = await runExample(program, directory)
    expect(again).toEqual(first)
    expect((await world.get('log')).counts).toEqual(counts)
  } finally {
    await bed.stop()
  }
})
