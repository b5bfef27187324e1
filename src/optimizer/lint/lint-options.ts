import { wrongArgument } from '../../base/misuse.js'
import { oneOf, rejectUnknown, shown } from '../../base/options.js'
import { isRecord } from '../../base/values.js'
import { SEVERITIES, type FindingSeverity } from './finding.js'
import type { LintOptions } from './lint-dify-file.js'
import { LINT_RULE_IDS, type LintRuleId } from './rules.js'

/** A severity for each named rule, or `off`. */
export type RuleLevels = Partial<Readonly<Record<LintRuleId, FindingSeverity | 'off'>>>

const LEVELS = [...SEVERITIES, 'off'] as const

/** @throws TypeError that names an unknown rule or a wrong level */
export function checkRuleLevels({ rules, overrides }: LintOptions): void {
  checkLevels(rules, 'rules')
  if (overrides === undefined) return
  if (!Array.isArray(overrides))
    throw wrongArgument(`Option "overrides" must be a list, got ${shown(overrides)}`)
  for (const [index, override] of (overrides as readonly unknown[]).entries()) {
    const name = `overrides[${index}]`
    if (!isRecord(override)) throw wrongArgument(`Option "${name}" must be an object`)
    rejectUnknown(override, ['files', 'rules'], name)
    const { files } = override
    if (!Array.isArray(files) || !files.every((file) => typeof file === 'string'))
      throw wrongArgument(`Option "${name}.files" must be a list of names, got ${shown(files)}`)
    checkLevels(override['rules'], `${name}.rules`)
  }
}

/** The levels that hold for a file: later overrides win. */
export function levelsFor(file: string, { rules, overrides = [] }: LintOptions): RuleLevels {
  const matching = overrides.filter(({ files }) => files.some((pattern) => matches(file, pattern)))
  return Object.assign({}, rules, ...matching.map((override) => override.rules)) as RuleLevels
}

function checkLevels(levels: unknown, name: string): void {
  if (levels === undefined) return
  if (!isRecord(levels))
    throw wrongArgument(`Option "${name}" must be an object of rules, got ${shown(levels)}`)
  rejectUnknown(levels, LINT_RULE_IDS, name)
  for (const [id, level] of Object.entries(levels)) oneOf(`${name}.${id}`, level, LEVELS, 'off')
}

/** `*` is any text, and a backslash is a slash: names of Windows are matched, too. */
function matches(given: string, pattern: string): boolean {
  const file = given.replaceAll('\\', '/')
  const [first = '', ...rest] = pattern.replaceAll('\\', '/').split('*')
  if (rest.length === 0) return file === first
  const last = rest.pop() ?? ''
  if (!file.startsWith(first) || file.length < first.length + last.length) return false
  let at = first.length
  for (const part of rest) {
    const found = file.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return file.length - last.length >= at && file.endsWith(last)
}
