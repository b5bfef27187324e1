import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { onTestFinished } from 'vitest'
import { buildMcpServer } from '../../../src/mcp/mcp-server.js'
import type { McpRules, Place } from '../../../src/mcp/place.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'

export interface Connected {
  readonly client: Client
  readonly storage: MemoryStorage
  readonly registry: PromptRegistry
  readonly place: Place
  /** What a tool returns. @throws Error with the text of a result that is an error */
  readonly call: (name: string, args?: object) => Promise<Record<string, unknown>>
  /** The failure of a tool. */
  readonly failure: (name: string, args?: object) => Promise<unknown>
}

export const RULES: McpRules = { allowProposals: true, allowLabels: [], label: 'production' }

/** A server over an empty store, and the client of the SDK that is connected to it. */
export async function connected(
  rules: Partial<McpRules> = {},
  protectedLabels: readonly string[] = [],
): Promise<Connected> {
  const storage = new MemoryStorage()
  const registry = new PromptRegistry({ storage, protectedLabels })
  const { server, place } = buildMcpServer({ storage, registry, rules: { ...RULES, ...rules } })
  const client = new Client({ name: 'tester', version: '1.2.3' })
  const [near, far] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(near), client.connect(far)])
  onTestFinished(async () => {
    await client.close()
    await storage.close()
  })
  return { client, storage, registry, place, ...callsOf(client) }
}

/** Calls of tools by a client, with their results or failures. */
export function callsOf(client: Client): Pick<Connected, 'call' | 'failure'> {
  const result = async (name: string, args: object): Promise<CallToolResult> =>
    (await client.callTool({ name, arguments: { ...args } })) as CallToolResult
  return {
    call: async (name, args = {}) => {
      const { isError, structuredContent = {}, content } = await result(name, args)
      if (isError === true) throw new Error(JSON.stringify(content))
      return structuredContent
    },
    failure: async (name, args = {}) => {
      const { isError, structuredContent } = await result(name, args)
      return isError === true ? structuredContent?.['error'] : undefined
    },
  }
}
