import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeBlocks, runExample } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'

const [IDENTITY, PATCHES, LOADING, READING, WRITING, ENGINE, SERVICE] = [
  'importWorkflows(',
  'applyPatches(',
  'new ConfigLoader(',
  'referencesOf(',
  'editTexts(',
  'new OptimizationEngine(',
  'new OptimizerService(',
].map((call) => codeBlocks('docs/optimizer.md', 'js').find((block) => block.includes(call)))

describe('docs/optimizer.md', () => {
  it.each([
    ['an import says about an app that is edited', IDENTITY],
    ['a patch makes of a file', PATCHES],
    ['is read from a file', READING],
    ['an edit of a text returns', WRITING],
    ['rules make of a text', ENGINE],
    ['the service reports', SERVICE],
  ])('shows what %s', async (_what, example) => {
    const { stdout, stderr, status } = await runExample(example, await tempDirectory())
    expect([stderr, status]).toEqual(['', 0])
    const shown = Array.from(example?.matchAll(/^\/\/ (.*)$/gm) ?? [], ([, line]) => line)
    expect(stdout.trimEnd().split('\n')).toEqual(shown)
  })

  it('shows files that can be loaded', async () => {
    const directory = await tempDirectory()
    for (const block of codeBlocks('docs/optimizer.md', 'yaml')) {
      const [, name] = /^# (\w+\.yaml)$/m.exec(block) ?? []
      if (name !== undefined) await writeFile(join(directory, name), block)
    }
    await writeFile(join(directory, 'env_config.yaml'), 'io_paths:\n  workflow_dsl: dsl\n')
    await mkdir(join(directory, 'dsl'))
    const example = `${LOADING}\nconsole.log(path, plan.workflows[0].prompt_optimization.length)`
    const { stdout, stderr } = await runExample(example, directory)
    expect(stderr).toBe('')
    expect(stdout).toBe(`${join(directory, 'dsl', 'exports', 'replies.yml')} 1\n`)
  })
})
