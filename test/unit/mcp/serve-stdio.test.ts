import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { LINE_BYTES_MAX, serveStdio } from '../../../src/mcp/serve-stdio.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import { RULES } from './connected.js'

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  },
}

/** Writes lines to a server, closes its input, and returns what it has answered. */
async function answersTo(
  lines: readonly string[],
): Promise<{ readonly answers: readonly Record<string, unknown>[]; readonly failures: string[] }> {
  const storage = new MemoryStorage()
  const registry = new PromptRegistry({ storage })
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const failures: string[] = []
  const onFailure = (error: Error): void => void failures.push(error.message)
  const served = serveStdio({ storage, registry, rules: RULES }, { stdin, stdout, onFailure })
  stdin.end(lines.map((line) => `${line}\n`).join(''))
  await served
  stdout.end()
  await storage.close()
  const written = (await text(stdout)).split('\n').filter((line) => line !== '')
  const messages = written.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { answers: messages.filter((message) => 'id' in message), failures }
}

describe('a server on standard input and output', () => {
  it('answers every request that came before the end of its input', async () => {
    const calls = Array.from({ length: 20 }, (_, at) => ({
      jsonrpc: '2.0',
      id: at + 2,
      method: 'tools/call',
      params: {
        name: 'propose_version',
        arguments: { prompt_id: `p${at}`, text: 'Hello', message: 'First' },
      },
    }))
    const { answers, failures } = await answersTo(
      [INITIALIZE, ...calls].map((call) => JSON.stringify(call)),
    )
    expect(new Set(answers.map(({ id }) => id))).toEqual(
      new Set([INITIALIZE, ...calls].map(({ id }) => id)),
    )
    expect(answers).toHaveLength(21)
    expect(failures).toEqual([])
  })

  it('reports a line that is not a message, and goes on', async () => {
    const { answers, failures } = await answersTo([
      'not JSON',
      '{"jsonrpc":"1.0"}',
      JSON.stringify(INITIALIZE),
    ])
    expect(answers).toHaveLength(1)
    expect(failures).toHaveLength(2)
  })

  it('ends at a line without an end', async () => {
    const { failures } = await answersTo(['x'.repeat(LINE_BYTES_MAX + 1)])
    expect(failures).toEqual([expect.stringContaining('exceeded maximum size')])
  })

  it('does not wait for an answer to a request that was cancelled', async () => {
    const cancel = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 2, reason: 'enough' },
    }
    const search = {
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'search_prompts', arguments: {} },
    }
    const lines = [INITIALIZE, search, cancel].map((line) => JSON.stringify(line))
    const { answers } = await answersTo(lines)
    expect(answers.some(({ id }) => id === 1)).toBe(true)
  })
})
