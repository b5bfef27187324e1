import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { start } from './unit/cli/holdfast.js'
import { codeBlocks, read, runExample } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'
import { CONNECTION_OPTION_NAMES } from '../src/client/client-options.js'

it('the example of docs/client.md publishes and reads over a server', async () => {
  const store = `file:${join(await tempDirectory(), 'prompts')}`
  const server = start(['serve', '--store', store, '--port', '0'])
  onTestFinished(() => void server.kill('SIGKILL'))
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  const [address] = /http:\/\/\S+/.exec(String(line)) ?? []
  const [example = ''] = codeBlocks('docs/client.md', 'ts')
  expect(example).toContain('http://127.0.0.1:8000')
  const ran = await runExample(
    example.replace('http://127.0.0.1:8000', String(address)),
    await tempDirectory(),
  )
  expect(ran).toEqual({ stdout: '1.0.0 Hello {{name}}! false\n', stderr: '', status: 0 })
})

it('docs/client.md has a row for each option', () => {
  const rows = Array.from(read('docs/client.md').matchAll(/^\| `(\w+)`/gm), ([, name = '']) => name)
  expect(new Set(rows)).toEqual(new Set(CONNECTION_OPTION_NAMES))
})
