import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import { ARGUMENT_CODE } from '../base/misuse.js'
import { failureOf } from './failure.js'

/** The code of a resource that does not exist, of the revision of 2025-11-25. */
export const RESOURCE_NOT_FOUND = -32_002

/**
 * Runs what answers a request that is not a tool's. A failure becomes an error of the protocol, with the code and the
 * context of the library in its `data`.
 *
 * @param notFound the code for what does not exist
 */
export async function answering<Result>(
  work: () => Promise<Result>,
  notFound: number = ErrorCode.InvalidParams,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const failure = failureOf(error)
    if (failure === undefined) throw error
    const { code, message } = failure
    throw new McpError(numberOf(code, notFound), `${code}: ${message}`, { ...failure })
  }
}

function numberOf(code: string, notFound: number): number {
  if (code === 'OPT-VER-002') return notFound
  return code === ARGUMENT_CODE ? ErrorCode.InvalidParams : ErrorCode.InternalError
}
