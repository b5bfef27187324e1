import type { WorkflowError } from '../../dify/workflow-error.js'
import type { Finding } from './finding.js'
import type { LintOptions } from './lint-dify-file.js'
import { levelsFor } from './lint-options.js'
import { LINT_RULES } from './rules.js'

/**
 * The finding for a file that `parseDifyFile` refuses: that it is not YAML for Dify, or not an app. Empty if the options
 * switch the rule off, or for an error about something else. A fault of the file as a whole is at its start.
 *
 * @param options checked before, as `lintDifyFile` does
 */
export function findingOfRefusal(
  { code, context }: WorkflowError,
  file: string,
  options: LintOptions,
): readonly Finding[] {
  const rule = RULES[code]
  if (rule === undefined) return []
  const severity = levelsFor(file, options)[rule] ?? LINT_RULES[rule].severity
  if (severity === 'off') return []
  const { fault, reason, line, column } = context
  const [what, remedy] = TEXTS[rule]
  return [
    {
      rule,
      severity,
      message: `${what}: ${String(fault ?? reason)}`,
      remedy,
      file,
      line: typeof line === 'number' ? line : 1,
      column: typeof column === 'number' ? column : 1,
      pointer: '',
    },
  ]
}

const RULES: Partial<Readonly<Record<string, 'invalid-yaml' | 'not-importable'>>> = {
  'OPT-EXT-003': 'invalid-yaml',
  'OPT-EXT-010': 'not-importable',
}

const TEXTS = {
  'invalid-yaml': [
    'The file is not YAML that Dify can read',
    'Correct it there, or export the app from Dify again',
  ],
  'not-importable': [
    'The file is not an app of Dify',
    'Export the app from Dify again, or leave the file out',
  ],
} as const
