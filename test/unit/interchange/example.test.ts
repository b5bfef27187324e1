import { spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runExample } from '../../support/doc-examples.js'
import { tempDirectory } from '../../support/temp.js'

it('the example in docs/interchange.md: a directory becomes versions, and those a repository', async () => {
  const directory = await tempDirectory()
  await mkdir(join(directory, 'library'))
  await writeFile(join(directory, 'library', 'greeting.prompt'), 'Hello {{name}}')
  await writeFile(join(directory, 'library', 'empty.prompt'), '')
  const text = await readFile(join(import.meta.dirname, '../../../docs/interchange.md'), 'utf8')
  const example = /^```ts\n(.*?)^```$/ms.exec(text)?.[1]
  const { stdout, stderr, status } = await runExample(example, directory)
  expect({ stdout, stderr, status }).toEqual({
    stdout: 'skipped empty.prompt it has no text\ncreated greeting.prompt \n',
    stderr: '',
    status: 0,
  })
  const log = spawnSync('git', ['-C', join(directory, 'prompts.git'), 'log', '--format=%s'])
  expect(String(log.stdout)).toBe('greeting 1.0.0\n')
})
