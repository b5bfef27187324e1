import { expect, it } from 'vitest'
import { codeBlocks, runExample } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'

it('the example of docs/linting.md prints what its comments say', async () => {
  const [example = ''] = codeBlocks('docs/linting.md', 'ts')
  const { stdout, stderr } = await runExample(example, await tempDirectory())
  expect(stderr).toBe('')
  const stated = Array.from(example.matchAll(/^\/\/ ?(.*)$/gm), (match) => match[1])
  expect(stdout.split('\n').filter((line) => line !== '')).toEqual(stated)
})
