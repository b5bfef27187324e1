import { runInNewContext } from 'node:vm'
import { codeOf, isErrorNamed } from '../../base/values.js'

/** How long one match may take, in ms: a hostile pattern would take hours, and the event loop waits meanwhile. */
export const REGEX_TIMEOUT_MS = 250

/** What a bounded match found. */
export type RegexOutcome =
  | { readonly kind: 'matched'; readonly isMatch: boolean }
  /** It is not a regular expression of JavaScript. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** It did not end within the time. */
  | { readonly kind: 'timeout' }

/**
 * Whether a pattern from a file matches somewhere in a text. V8 interrupts a match that takes longer than `timeoutMs`,
 * which it does for scripts with a deadline only; the context holds nothing but the three texts.
 */
export function boundedMatch(
  pattern: string,
  flags: string,
  text: string,
  timeoutMs: number = REGEX_TIMEOUT_MS,
): RegexOutcome {
  const context = Object.assign(Object.create(null) as object, { pattern, flags, text })
  try {
    const found: unknown = runInNewContext('new RegExp(pattern, flags).test(text)', context, {
      timeout: timeoutMs,
      contextCodeGeneration: { strings: false, wasm: false },
    })
    return { kind: 'matched', isMatch: found === true }
  } catch (error) {
    if (codeOf(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { kind: 'timeout' }
    if (isErrorNamed(error, 'SyntaxError')) return { kind: 'malformed', reason: error.message }
    throw error
  }
}
