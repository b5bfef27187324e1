import type { Fault, FindingSeverity } from './finding.js'
import type { LintContext } from './lint-context.js'
import { emptyClass, overlappingClasses } from './rules/classifiers.js'
import { danglingEdge } from './rules/edges.js'
import { duplicateInstruction } from './rules/duplicates.js'
import { undeclaredInput, unusedInput } from './rules/inputs.js'
import { undeclaredJinja2Variable, unusedJinja2Variable } from './rules/jinja-texts.js'
import { invalidYaml, notImportable } from './rules/import-faults.js'
import { contradictingLanguages } from './rules/languages.js'
import { literalBraces } from './rules/literal-braces.js'
import { emptyJinja2, missingContext, noPrompt, unusedContext } from './rules/llm-nodes.js'
import {
  malformedReference,
  unresolvableReference,
  unresolvableSelector,
} from './rules/references.js'

/** One rule of the linter. */
export interface LintRule {
  readonly severity: FindingSeverity
  /** What a finding of it says, in one sentence. */
  readonly description: string
  readonly check: (context: LintContext) => readonly Fault[]
}

const rule = (
  severity: FindingSeverity,
  check: LintRule['check'],
  description: string,
): LintRule => ({
  severity,
  description,
  check,
})

/** The ids of all rules, the gravest first. */
export const LINT_RULE_IDS = [
  'invalid-yaml',
  'not-importable',
  'unresolvable-reference',
  'unresolvable-selector',
  'malformed-reference',
  'dangling-edge',
  'empty-jinja2',
  'no-prompt',
  'undeclared-jinja2-variable',
  'undeclared-input',
  'literal-braces',
  'unused-context',
  'missing-context',
  'overlapping-classes',
  'empty-class',
  'contradicting-languages',
  'duplicate-instruction',
  'unused-jinja2-variable',
  'unused-input',
] as const

/** The id of a rule. */
export type LintRuleId = (typeof LINT_RULE_IDS)[number]

/** All rules by their ids. An id keeps its meaning; what is in docs/linting.md is compared with this table. */
export const LINT_RULES: Readonly<Record<LintRuleId, LintRule>> = {
  'invalid-yaml': rule('error', invalidYaml, 'The file is not YAML for Dify, which refuses it'),
  'not-importable': rule(
    'error',
    notImportable,
    'The file is not an app or a pipeline that Dify imports',
  ),
  'unresolvable-reference': rule(
    'error',
    unresolvableReference,
    'A reference in a text names what does not exist, runs later, or is not in reach',
  ),
  'unresolvable-selector': rule(
    'error',
    unresolvableSelector,
    'A selector of a node names what does not exist, runs later, or is not in reach',
  ),
  'malformed-reference': rule(
    'error',
    malformedReference,
    'A reference has a blank too many or a mark too few, and stays as it is written',
  ),
  'dangling-edge': rule(
    'error',
    danglingEdge,
    'An edge begins or ends at a node that does not exist',
  ),
  'empty-jinja2': rule('error', emptyJinja2, 'A message in the mode of Jinja2 has no Jinja2 text'),
  'no-prompt': rule('error', noPrompt, 'An LLM node has no message with a text'),
  'undeclared-jinja2-variable': rule(
    'warning',
    undeclaredJinja2Variable,
    'A variable of a template is not declared, and is rendered as nothing',
  ),
  'undeclared-input': rule(
    'warning',
    undeclaredInput,
    'A variable in the prompt of an app is not an input of it',
  ),
  'literal-braces': rule(
    'warning',
    literalBraces,
    'A name in braces is literal text where a reference was probably meant',
  ),
  'unused-context': rule('warning', unusedContext, 'A context is selected, and no message has it'),
  'missing-context': rule(
    'warning',
    missingContext,
    'A message has the context of a node without one',
  ),
  'overlapping-classes': rule(
    'warning',
    overlappingClasses,
    'Two classes of a classifier have the same words',
  ),
  'empty-class': rule('warning', emptyClass, 'A class of a classifier has no name'),
  'contradicting-languages': rule(
    'warning',
    contradictingLanguages,
    'A node demands answers in different languages',
  ),
  'duplicate-instruction': rule(
    'note',
    duplicateInstruction,
    'A text has the same instruction twice',
  ),
  'unused-jinja2-variable': rule(
    'note',
    unusedJinja2Variable,
    'A declared variable is not used in the template',
  ),
  'unused-input': rule('note', unusedInput, 'Nothing reads an input of the start node'),
}
