import { codeOf } from '../base/values.js'

const CODES: readonly string[] = ['OPT-LLM-009', 'OPT-DIFY-004']

/**
 * Whether a model or Dify refuses the key: no request with it will succeed, so a run ends at the first of these
 * failures. Another key makes all of them possible again, so such a failure is never the outcome of a request.
 */
export function isRefusedKey(error: unknown): boolean {
  return CODES.includes(codeOf(error) ?? '')
}
