import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDifyFile, type DifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { scannedPrompts } from '../../../../src/optimizer/analysis/scan-prompts.js'
import { WORKFLOW_DIRECTORY } from '../workflow-files.js'

async function artifact(): Promise<DifyFile> {
  const file = 'Artifact.yml'
  return parseDifyFile(await readFile(join(WORKFLOW_DIRECTORY, file)), file)
}

describe('the prompts of a file', () => {
  it('have the ids of an import, their place, their languages and their scores', async () => {
    const prompts = scannedPrompts(await artifact())
    expect(prompts.map(({ prompt_id: id }) => id)).toEqual(['Artifact_llm_query', 'Artifact_llm'])
    expect(prompts[1]).toMatchObject({
      node_id: 'llm',
      node_type: 'llm',
      carrier: 'llm.chat',
      line: 120,
      column: 17,
      languages: ['zh'],
    })
    expect(prompts[1]?.overall_score).toBeGreaterThan(0)
  })

  it('are with those for the users of the app on request', async () => {
    const carriers = scannedPrompts(await artifact(), { optionalTexts: true }).map(
      ({ carrier }) => carrier,
    )
    expect(carriers).toContain('answer')
  })

  it('are scored where no store could hold them: too long, or with an odd name or role', () => {
    const nodes = [
      { id: 'a\u0001', data: { type: 'llm', prompt_template: [{ role: 'a b', text: 'Do it.' }] } },
      { id: 'b', data: { type: 'llm', prompt_template: [{ text: 'Do it. '.repeat(20_000) }] } },
    ]
    const app = { name: 'n'.repeat(2000), mode: 'workflow' }
    const file = parseDifyFile(JSON.stringify({ app, workflow: { graph: { nodes } } }), 'a.yml')
    const characters = scannedPrompts(file).map((prompt) => prompt.characters)
    expect(characters).toEqual([6, 140_000])
  })

  it('are scored by the rules that are asked for', async () => {
    const file = await artifact()
    const [own, upstream] = [{}, { rules: 'upstream-1' as const }].map(
      (options) => scannedPrompts(file, options)[1]?.overall_score,
    )
    expect(own).not.toBe(upstream)
  })
})
