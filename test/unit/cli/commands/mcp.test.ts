import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { PromptListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../../support/postgres.js'
import { tempDirectory } from '../../../support/temp.js'
import { startS3 } from '../../files/bucket/standins/s3.mjs'
import { SECRET } from '../../files/bucket/subjects.js'
import { callsOf, type Connected } from '../../mcp/connected.js'
import { BIN, holdfast, plainEnvironment } from '../holdfast.js'
import { holdfastJson } from '../here.js'

type Started = Pick<Connected, 'client' | 'call' | 'failure'>

/** The command as a client of the SDK starts it. */
async function agent(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const client = new Client({ name: 'agent', version: '4.5.6' })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [BIN, 'mcp', ...args],
    env: { ...plainEnvironment(), ...env },
    stderr: 'pipe',
  })
  onTestFinished(async () => await client.close())
  await client.connect(transport)
  return { client, ...callsOf(client) }
}

const KINDS: Readonly<Record<string, () => Promise<string>>> = {
  files: async () => `file:${join(await tempDirectory(), 'store')}`,
  SQLite: async () => `sqlite:${join(await tempDirectory(), 'prompts.db')}`,
  ...(POSTGRES_LEFT_OUT === undefined ? { PostgreSQL: testDatabase } : {}),
  S3: async () => {
    const { endpoint, close } = await startS3()
    onTestFinished(async () => await close())
    const keys = `s3_access_key_id=stand-in-key&s3_secret_access_key=${SECRET}`
    return `s3://files/prompts?s3_endpoint=${encodeURIComponent(endpoint)}&${keys}`
  },
}

describe.each(Object.entries(KINDS))('holdfast mcp on a store of %s', (_name, emptyStore) => {
  it('lets an agent read, compare and propose, and keeps the history', async () => {
    const env = { HOLDFAST_STORE: await emptyStore() }
    const publish = ['publish', 'hi', '--label', 'production', '--text']
    await holdfast([...publish, 'Hello {{name}}'], { env })
    const { client, call } = await agent(['--allow-labels', 'staging'], env)
    expect(await call('list_prompts')).toMatchObject({
      prompts: [{ prompt_id: 'hi', latest: '1.0.0', labels: { production: '1.0.0' } }],
    })
    const why = 'Shorter'
    const text = 'Hi {{name}}'
    const proposed = await call('propose_version', { prompt_id: 'hi', text, message: why })
    expect(proposed).toMatchObject({ version: '1.0.1', author: 'mcp:agent/4.5.6' })
    expect(await call('diff_versions', { prompt_id: 'hi', from: '@production' })).toMatchObject({
      to: '1.0.1',
      same: false,
    })
    const move = { prompt_id: 'hi', label: 'staging', version: '1.0.1', reason: 'Try it' }
    await call('set_label', move)
    const { messages } = await client.getPrompt({ name: 'hi', arguments: { name: 'Bob' } })
    expect(messages[0]?.content).toEqual({ type: 'text', text: 'Hello Bob' })
    await client.close()
    const log = await holdfastJson(['log', 'hi'], { env })
    expect(log.document).toMatchObject({
      versions: [
        { version: '1.0.1', author: 'mcp:agent/4.5.6', message: why, tags: ['proposed'] },
        { version: '1.0.0', labels: ['production'] },
      ],
    })
    const moves = await holdfastJson(['label', 'history', 'hi', 'staging'], { env })
    expect(JSON.stringify(moves.document)).toContain('"by":"mcp:agent/4.5.6"')
  })
})

describe('holdfast mcp', () => {
  it('tells its client of a label that another process moves', async () => {
    const dir = await tempDirectory()
    await holdfast(['publish', 'hi', '--text', 'Hello', '--dir', dir])
    const { client } = await agent(['--dir', dir])
    expect((await client.listPrompts()).prompts).toEqual([])
    const changed = new Promise<void>((resolve) => {
      client.setNotificationHandler(PromptListChangedNotificationSchema, () => resolve())
    })
    await holdfast(['label', 'set', 'hi', 'production', '1.0.0', '--dir', dir])
    await changed
    expect((await client.listPrompts()).prompts).toMatchObject([{ name: 'hi' }])
  })

  it('moves no label that the environment protects', async () => {
    const dir = await tempDirectory()
    await holdfast(['publish', 'hi', '--text', 'Hello', '--dir', dir])
    const env = { HOLDFAST_PROTECTED_LABELS: 'production' }
    const { failure } = await agent(['--dir', dir, '--allow-labels'], env)
    const move = { prompt_id: 'hi', label: 'production', version: '1.0.0', reason: 'r' }
    expect(await failure('set_label', move)).toMatchObject({ context: { reason: 'protected' } })
  })

  it('has no tool that writes with --read-only', async () => {
    const dir = await tempDirectory()
    await holdfast(['publish', 'hi', '--text', 'Hello', '--dir', dir])
    const { client } = await agent(['--dir', dir, '--read-only', '--allow-labels', 'staging'])
    const { tools } = await client.listTools()
    expect(tools.filter(({ annotations }) => annotations?.readOnlyHint !== true)).toEqual([])
  })

  it.each([
    [['--label', 'Not A Label'], '--label must name labels'],
    [['--allow-labels', 'a,,b'], '--allow-labels must name labels'],
    [['--dir', 'nowhere'], 'nowhere'],
  ])('ends with an error on standard error alone: %j', async (args, named) => {
    const place = args.includes('--dir') ? [] : ['--dir', await tempDirectory()]
    const { code, stdout, stderr } = await holdfast(['mcp', ...args, ...place])
    expect([code === 0, stdout]).toEqual([false, ''])
    expect(stderr).toContain(named)
  })

  it('ends without an error when its client closes the input', async () => {
    const dir = await tempDirectory()
    await holdfast(['publish', 'hi', '--text', 'Hello', '--dir', dir])
    expect(await holdfast(['mcp', '--dir', dir])).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})
