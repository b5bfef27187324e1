import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect, it, onTestFinished } from 'vitest'
import { codeBlocks, section } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'
import { BIN, holdfast, plainEnvironment } from './unit/cli/holdfast.js'

interface Configuration {
  readonly mcpServers: {
    readonly prompts: { readonly command: string; readonly args: readonly string[] }
  }
}

it('the configuration of docs/mcp.md starts the server, which has the tools of its table', async () => {
  const [block = ''] = codeBlocks('docs/mcp.md', 'json')
  const { command, args } = (JSON.parse(block) as Configuration).mcpServers.prompts
  const directory = await tempDirectory()
  await holdfast(['publish', 'hi', '--text', 'Hello', '--dir', directory])
  expect([command, ...args.slice(0, 2)]).toEqual(['npx', '-y', 'holdfast'])
  const given = args.slice(2).map((arg) => (arg === '/srv/prompts' ? directory : arg))
  expect(given).toContain(directory)
  const client = new Client({ name: 'docs', version: '1' })
  onTestFinished(async () => await client.close())
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [BIN, ...given, '--allow-labels'],
      env: plainEnvironment(),
    }),
  )
  const { tools } = await client.listTools()
  const rows = Array.from(
    section('docs/mcp.md', '## Tools').matchAll(/^\| `(\w+)` .*\| (yes|no) +\|$/gm),
    ([, name, writes]) => ({ name, writes: writes === 'yes' }),
  )
  expect(
    tools.map(({ name, annotations }) => ({ name, writes: !annotations?.readOnlyHint })),
  ).toEqual(rows)
})
