import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { resolveClientOptions } from '../src/dify/service/client-options.js'
import { codeBlocks, runExample, section } from './support/doc-examples.js'
import { simulatedDify } from './support/simulated-dify.js'
import { tempDirectory } from './support/temp.js'

it('the example of the page on Dify runs a workflow and shows its nodes', async () => {
  const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
  vi.stubEnv('DIFY_URL', bed.url)
  vi.stubEnv('DIFY_KEY', bed.app.key)
  const [example] = codeBlocks('docs/optimizer-dify.md', 'ts')
  const { stdout, stderr, status } = await runExample(example, await tempDirectory())
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(stdout).toMatch(/^succeeded \{/)
  expect(stdout.trim().split('\n').length).toBeGreaterThan(4)
  vi.unstubAllEnvs()
})

it('the example of a test plan runs its cases and sums them up', async () => {
  const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
  vi.stubEnv('DIFY_URL', bed.url)
  vi.stubEnv('DIFY_KEY', bed.app.key)
  vi.stubEnv(
    'WORKFLOW_FILE',
    join(import.meta.dirname, '../examples/dify/translation_workflow.yml'),
  )
  const example = codeBlocks('docs/optimizer-dify.md', 'ts')[1]
  const { stdout, stderr } = await runExample(example, await tempDirectory())
  expect({ stdout, stderr }).toEqual({ stdout: '4 1 true\n', stderr: '' })
  expect(await bed.runs()).toHaveLength(4)
  vi.unstubAllEnvs()
})

it('the page on Dify lists each option of a client, and no other', () => {
  const options = resolveClientOptions({ baseUrl: 'https://dify.example', apiKey: 'app-x' })
  const rows = section('docs/optimizer-dify.md', '## Options').matchAll(/^\| `(\w+)` +\| ([^|]*)/gm)
  const listed = Array.from(rows, ([, name = '', cell = '']) => [name, cell.trim()])
  expect(listed.map(([name]) => name)).toEqual(Object.keys(options))
  for (const [name = '', stated = ''] of listed)
    if (/^[\d,]+$/.test(stated))
      expect([name, Number(stated.replaceAll(',', ''))]).toEqual([name, Reflect.get(options, name)])
})
