import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WORKFLOW_DIRECTORY } from '../../optimizer/workflow-files.js'
import { holdfast, holdfastJson } from '../here.js'

const FILE = join(WORKFLOW_DIRECTORY, 'Artifact.yml')

describe('holdfast optimize score', () => {
  it('prints the scores of each prompt, and their mean', async () => {
    const { code, stdout, stderr } = await holdfast(['optimize', 'score', FILE])
    expect(code).toBe(0)
    expect(stdout).toContain('Efficiency')
    expect(stderr).toMatch(/2 prompts in 1 file, mean \d+\.\d, 0 refused/)
  })

  it('ends with 1 for a prompt below the least score, and names its place', async () => {
    const { code, stderr } = await holdfast(['optimize', 'score', FILE, '--min-score', '99'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/Artifact\.yml:120:17 scores \d+\.\d, less than 99: Artifact_llm/)
    expect((await holdfast(['optimize', 'score', FILE, '--min-score', '1'])).code).toBe(0)
    expect((await holdfast(['optimize', 'score', FILE, '--min-score', '101'])).code).toBe(2)
  })

  it.each(['scan', 'score'])('has numbers of six decimals in the JSON of %s', async (command) => {
    const { stdout } = await holdfast(['optimize', command, WORKFLOW_DIRECTORY, '--json'])
    expect(stdout.match(/_score": \d+\.\d/g)?.length).toBeGreaterThan(100)
    expect(stdout.match(/_score": \d+\.\d{7,}/g)).toBeNull()
  })

  it('scores by the rules of the first implementation on request', async () => {
    const [own, upstream] = await Promise.all([
      holdfastJson(['optimize', 'score', FILE]),
      holdfastJson(['optimize', 'score', FILE, '--rules', 'upstream-1']),
    ])
    expect(upstream.document).toMatchObject({ rules: 'upstream-1', totals: { prompts: 2 } })
    expect(own.document).not.toEqual(upstream.document)
  })
})
