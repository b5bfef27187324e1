import type {
  IssueType,
  PromptIssue,
  PromptSuggestion,
} from '../../versions/prompts/prompt-version.js'

const BY_ISSUE: Partial<Readonly<Record<IssueType, PromptSuggestion>>> = {
  missing_structure: {
    type: 'add_structure',
    description: 'Add headers and lists, so that the parts of the prompt can be told apart',
    priority: 8,
  },
  vague_language: {
    type: 'clarify_instructions',
    description: 'Replace vague terms by criteria that can be checked',
    priority: 9,
  },
  too_long: {
    type: 'reduce_length',
    description: 'Remove what is repeated, and keep the instructions that matter',
    priority: 7,
  },
  poor_formatting: {
    type: 'improve_formatting',
    description: 'Break long passages into lines',
    priority: 6,
  },
}

const ADD_EXAMPLES: PromptSuggestion = {
  type: 'add_examples',
  description: 'Add an example of the output that is expected',
  priority: 7,
}

/** What to do about issues, the most urgent first; issues of equal priority keep their order. */
export function suggestionsFor(
  issues: readonly PromptIssue[],
  lacksExamples: boolean,
): readonly PromptSuggestion[] {
  const found = issues.flatMap(({ type }) => BY_ISSUE[type] ?? [])
  const distinct = [...new Set(lacksExamples ? [...found, ADD_EXAMPLES] : found)]
  return distinct.sort((first, second) => second.priority - first.priority)
}
