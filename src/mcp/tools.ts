import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  ErrorCode,
  McpError,
  type CallToolResult,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { z } from 'zod'
import { ARGUMENT_CODE } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { failureOf, type Failure } from './failure.js'
import type { Place } from './place.js'
import { READING_TOOLS } from './reading-tools.js'
import { jsonSchemaOf, type Tool } from './tool.js'
import { writingTools } from './writing-tools.js'

/** Registers the tools that the rules allow. A call that fails is a result with `isError` and its code. */
export function addTools({ server }: McpServer, place: Place): void {
  const tools = [...READING_TOOLS, ...writingTools(place.rules)]
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  const listed = tools.map(describe)
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const tool = byName.get(params.name)
    if (tool === undefined)
      throw new McpError(ErrorCode.InvalidParams, `There is no tool ${shown(params.name)}`)
    return await call(tool, place, params.arguments ?? {})
  })
}

function describe(tool: Tool): {
  name: string
  inputSchema: { type: 'object' }
  [key: string]: unknown
} {
  const { reads, replaces = false, repeatable = true } = tool.hints
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: jsonSchemaOf(tool.input, 'input'),
    outputSchema: jsonSchemaOf(tool.output, 'output'),
    annotations: {
      title: tool.title,
      readOnlyHint: reads,
      destructiveHint: replaces,
      idempotentHint: repeatable,
      // The store is all that it touches.
      openWorldHint: false,
    },
  }
}

async function call(tool: Tool, place: Place, given: unknown): Promise<CallToolResult> {
  const parsed = tool.input.safeParse(given)
  if (!parsed.success) return failed(misfit(tool, parsed.error))
  try {
    const result = await tool.run(place, parsed.data as never)
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result }
  } catch (error) {
    const failure = failureOf(error)
    // A defect: the protocol has an error of its own for it.
    if (failure === undefined) throw error
    return failed(failure)
  }
}

function failed(failure: Failure): CallToolResult {
  return {
    isError: true,
    content: [{ type: 'text', text: `${failure.code}: ${failure.message}` }],
    structuredContent: { error: { ...failure } },
  }
}

function misfit(tool: Tool, { issues }: z.ZodError): Failure {
  const faults = issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  )
  return {
    code: ARGUMENT_CODE,
    message: `The arguments of ${tool.name} do not fit: ${faults.join('; ')}`,
    context: { tool: tool.name },
    retryable: false,
  }
}
