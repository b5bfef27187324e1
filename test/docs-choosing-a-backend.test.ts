import { expect, it } from 'vitest'
import { codeBlocks, runExample } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'

it('docs/choosing-a-backend.md says how a store of files survives the loss of its disk', async () => {
  const otherDisk = await tempDirectory()
  const [example = ''] = codeBlocks('docs/choosing-a-backend.md', 'ts')
  const [before = '', after = ''] = example
    .replaceAll('/mnt/other-disk', otherDisk)
    .split('// When the first disk is lost: on any machine that has the other one.\n')
  const outcome = { stderr: '', status: 0 }
  expect(await runExample(before, await tempDirectory())).toEqual({ stdout: '', ...outcome })
  const [imports = ''] = before.split('\n')
  const restored = await runExample(`${imports}\n${after}`, await tempDirectory())
  expect(restored).toEqual({ stdout: 'true\n1.0.0\n', ...outcome })
})
