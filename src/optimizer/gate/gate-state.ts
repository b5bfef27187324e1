import { z } from 'zod'
import { wrongArgument } from '../../base/misuse.js'
import { strict, strictlyParsed } from '../../config/strict.js'
import type { DifyFile } from '../../dify/workflow/dify-file.js'
import { scannedPrompts } from '../analysis/scan-prompts.js'
import { SEVERITIES, type FindingSeverity } from '../lint/finding.js'
import { lintDifyFile, type LintOptions } from '../lint/lint-dify-file.js'

/** A finding as a baseline keeps it. Its place is for people: a finding is the same if rule, node and message are. */
export interface GateFinding {
  readonly rule: string
  readonly severity: FindingSeverity
  readonly node_id: string | null
  readonly message: string
  readonly line: number
  readonly column: number
}

/** A prompt as a baseline keeps it. */
export interface GatePrompt {
  readonly prompt_id: string
  readonly score: number
  readonly line: number
}

/** What is known of one file. */
export interface GateFile {
  /** As it was named, with `/` between the parts of its path. */
  readonly file: string
  readonly findings: readonly GateFinding[]
  readonly prompts: readonly GatePrompt[]
}

/** Findings and scores of files at one time: what is committed, and what a change is compared with. */
export interface GateState {
  readonly format: 1
  readonly rules: 'holdfast-1'
  readonly files: readonly GateFile[]
}

const count = z.int().min(1)
const stateSchema: z.ZodType<GateState> = strict({
  format: z.literal(1),
  rules: z.literal('holdfast-1'),
  files: z.array(
    strict({
      file: z.string(),
      findings: z.array(
        strict({
          rule: z.string(),
          severity: z.enum(SEVERITIES),
          node_id: z.string().nullable(),
          message: z.string(),
          line: count,
          column: count,
        }),
      ),
      prompts: z.array(
        strict({ prompt_id: z.string(), score: z.number().min(0).max(100), line: count }),
      ),
    }),
  ),
})

/** The state of files now. */
export function gateState(files: readonly DifyFile[], lint: LintOptions = {}): GateState {
  return {
    format: 1,
    rules: 'holdfast-1',
    files: files
      .map((file) => ({
        file: file.file.replaceAll('\\', '/'),
        findings: lintDifyFile(file, lint).map(
          ({ rule, severity, node_id: node, message, line, column }) => ({
            rule,
            severity,
            node_id: node ?? null,
            message,
            line,
            column,
          }),
        ),
        prompts: scannedPrompts(file).map(({ prompt_id, overall_score: score, line }) => ({
          prompt_id,
          // A committed file does not change with the last digit of a sum.
          score: Math.round(score * 100) / 100,
          line,
        })),
      }))
      .toSorted((one, other) => (one.file < other.file ? -1 : 1)),
  }
}

/** A committed state. @throws TypeError that names the file and the wrong key */
export function parseGateState(text: string, source: string): GateState {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw wrongArgument(`${source}: the baseline is not JSON`, { cause })
  }
  return strictlyParsed(stateSchema, value, '', source, 'the baseline')
}

/** As it is committed: one value on each line, so that a change of it can be read. */
export function gateStateText(state: GateState): string {
  return `${JSON.stringify(state, undefined, 2)}\n`
}
