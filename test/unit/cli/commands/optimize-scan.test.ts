import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { displayWidth } from '../../../../src/cli/table.js'
import { tempDirectory } from '../../../support/temp.js'
import { WORKFLOW_DIRECTORY } from '../../optimizer/workflow-files.js'
import { holdfast, holdfastJson } from '../here.js'

describe('holdfast optimize scan', () => {
  it('lists the prompts of the real files in 80 columns', async () => {
    const { code, stdout, stderr } = await holdfast(['optimize', 'scan', WORKFLOW_DIRECTORY])
    expect(code).toBe(0)
    const tables = stdout.split('\n').filter((line) => /^[│┌└├]/.test(line))
    expect(tables.length).toBeGreaterThan(100)
    expect(Math.max(...tables.map(displayWidth))).toBeLessThanOrEqual(80)
    expect(stdout).toContain('Artifact_llm_query')
    expect(stderr).toContain('117 prompts in 12 files, 0 refused')
  })

  it('prints one document, or one line for each prompt', async () => {
    const file = join(WORKFLOW_DIRECTORY, 'Artifact.yml')
    const { document } = await holdfastJson(['optimize', 'scan', file])
    expect(document).toMatchObject({
      files: [{ name: 'Artifact', prompts: [{ prompt_id: 'Artifact_llm_query' }, { line: 120 }] }],
      totals: { files: 1, prompts: 2, refused: 0 },
    })
    const { stdout } = await holdfast(['optimize', 'scan', file, '--ndjson'])
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { pointer: string }).pointer)).toHaveLength(2)
    expect((await holdfast(['optimize', 'scan', file, '--ndjson', '--json'])).code).toBe(2)
  })

  it('reports a file that is not a workflow, scans the others and ends with 1', async () => {
    const bad = join(await tempDirectory(), 'bad.yml')
    await writeFile(bad, 'a: [1')
    const good = join(WORKFLOW_DIRECTORY, 'Artifact.yml')
    const { code, stdout, stderr } = await holdfast(['optimize', 'scan', bad, good])
    expect(code).toBe(1)
    expect(stdout).toContain('Artifact_llm')
    expect(stderr).toContain('bad.yml cannot be parsed as YAML')
  })

  it('shows no character of a file that would control the terminal', async () => {
    const file = join(await tempDirectory(), 'hostile.yml')
    const nodes = `[{id: "n\\e[31m", data: {type: llm, prompt_template: [{role: system, text: "Do \\e[2J it."}]}}]`
    await writeFile(
      file,
      `app: {name: "x\\e]0;title\\a", mode: workflow}\nworkflow: {graph: {nodes: ${nodes}, edges: []}}\n`,
    )
    for (const form of [[], ['--json'], ['--ndjson']]) {
      const { code, stdout, stderr } = await holdfast(['optimize', 'scan', file, ...form])
      expect(code).toBe(0)
      expect(stdout + stderr).not.toContain('\u001b')
      expect(stdout).toContain('\\u001b')
    }
  })
})
