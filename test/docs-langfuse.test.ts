import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { codeBlocks, runExample } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'
import { holdfastJson, start } from './unit/cli/holdfast.js'

it('the example of docs/langfuse.md publishes and reads with the client of Langfuse', async () => {
  const directory = await tempDirectory()
  const tokens = join(directory, 'tokens.yaml')
  await writeFile(tokens, codeBlocks('docs/langfuse.md', 'yaml')[0] ?? '')
  const store = `file:${join(directory, 'prompts')}`
  const server = start(['serve', '--store', store, '--tokens', tokens, '--port', '0'])
  onTestFinished(() => void server.kill('SIGKILL'))
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  const [address] = /http:\/\/\S+/.exec(String(line)) ?? []
  const [example = ''] = codeBlocks('docs/langfuse.md', 'ts')
  expect(example).toContain('http://127.0.0.1:8000')
  const ran = await runExample(
    example.replace('http://127.0.0.1:8000', String(address)),
    await tempDirectory(),
  )
  expect(ran).toEqual({ stdout: '1 Hello Bob!\n', stderr: '', status: 0 })
  server.kill('SIGTERM')
  await once(server, 'exit')
  const { document } = await holdfastJson(['log', 'greeting', '--store', store])
  expect(document).toMatchObject({
    versions: [{ version: '1.0.0', author: 'my-app', labels: ['production'] }],
  })
})
