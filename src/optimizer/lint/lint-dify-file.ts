import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, shown } from '../../base/options.js'
import type { DifyFile } from '../../dify/workflow/dify-file.js'
import { isRecord } from '../../base/values.js'
import type { Fault, Finding } from './finding.js'
import { contextOf } from './lint-context.js'
import { checkRuleLevels, levelsFor, type RuleLevels } from './lint-options.js'
import { FaultPlaces } from './places.js'
import { LINT_RULE_IDS, LINT_RULES, type LintRule } from './rules.js'

/** Options of `lintDifyFile`. */
export interface LintOptions {
  /** The severity of rules by their ids, or `off`. Default: that of each rule. */
  readonly rules?: RuleLevels | undefined
  /** Rules for some files: those of the last entry whose `files` match the file's name win over `rules`. */
  readonly overrides?: readonly LintOverride[] | undefined
}

/** Other levels for some files. */
export interface LintOverride {
  /** Names of files as the caller gives them; `*` is any text, also with `/`. */
  readonly files: readonly string[]
  readonly rules: RuleLevels
}

/**
 * Checks one file of Dify against rules that know its graph. Pure: the file is not read again and not changed.
 *
 * @returns the findings in the order of the file; of one place, in the order of the rules
 * @throws TypeError for a wrong option or an unknown rule
 */
export function lintDifyFile(file: DifyFile, options: LintOptions = {}): readonly Finding[] {
  if (!isRecord(file) || !Array.isArray(file['texts']))
    throw wrongArgument(`Argument "file" must be what parseDifyFile returns, got ${shown(file)}`)
  rejectUnknown(options, ['rules', 'overrides'], 'lintDifyFile')
  checkRuleLevels(options)
  const levels = levelsFor(file.file, options)
  const context = contextOf(file)
  const places = new FaultPlaces(file)
  const findings = LINT_RULE_IDS.flatMap((id) => {
    const rule: LintRule = LINT_RULES[id]
    const severity = levels[id] ?? rule.severity
    return severity === 'off'
      ? []
      : findingsOf(rule.check(context), { rule: id, severity, file: file.file }, places)
  })
  return findings.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

function findingsOf(
  faults: readonly Fault[],
  { rule, severity, file }: Pick<Finding, 'rule' | 'severity' | 'file'>,
  places: FaultPlaces,
): readonly Finding[] {
  return faults.map((fault) => ({
    rule,
    severity,
    message: fault.message,
    remedy: fault.remedy,
    file,
    ...places.of(fault),
    pointer: fault.pointer,
    ...(fault.node === undefined ? {} : { node_id: fault.node.id }),
    ...(fault.node?.title === undefined ? {} : { node_title: fault.node.title }),
  }))
}
