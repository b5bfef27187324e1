import { rounded } from '../../base/rounded.js'
import type { TestResult } from '../models/test-result.js'

const COLUMNS = [
  'workflow_id',
  'execution_id',
  'case_id',
  'prompt_variant',
  'dataset',
  'status',
  'score',
  'execution_time',
  'tokens_used',
  'cost',
  'error_message',
  'executed_at',
  'inputs',
  'outputs',
  'metadata',
] as const satisfies readonly (keyof TestResult)[]

/** Results as CSV (RFC 4180), with a heading. Texts that a spreadsheet would run as a formula begin with an apostrophe. */
export function resultsAsCsv(results: readonly TestResult[]): string {
  const rows = results
    .map(withRoundedNumbers)
    .map((result) => COLUMNS.map((name) => cell(result[name])))
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/** Results as a JSON text, two spaces deep. */
export function resultsAsJson(results: readonly TestResult[]): string {
  return `${JSON.stringify(results.map(withRoundedNumbers), undefined, 2)}\n`
}

/** Those of Holdfast; inputs and outputs stay as they are. */
function withRoundedNumbers(result: TestResult): TestResult {
  const { score, execution_time: seconds, cost } = result
  return {
    ...result,
    ...(score === undefined ? {} : { score: rounded(score) }),
    execution_time: rounded(seconds),
    cost: rounded(cost),
  }
}

function cell(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
