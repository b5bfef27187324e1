import type { PromptIssue, PromptSuggestion } from '../../versions/prompts/prompt-version.js'
import { countCharacters } from '../../versions/prompts/text-difference.js'
import { suggestionsFor } from './suggestions.js'
import { hasBullet, hasHeader, hasNumber, upstreamWords, vagueTerms } from './upstream-text.js'
import { ACTION_VERBS } from './upstream-words.js'

const WHOLE = 'Entire prompt'
const VAGUE_TERMS_NAMED_MAX = 5

/** The issues of a text in the order of the first implementation. None of them is critical. */
export function upstreamIssues(text: string, lower: string): readonly PromptIssue[] {
  return [...ofLength(text), ...ofWords(lower), ...ofForm(text, lower), ...ofVerbs(lower)]
}

/** Those for the issues, and one for a text of more than 100 characters without the word "example". */
export function upstreamSuggestions(
  text: string,
  lower: string,
  issues: readonly PromptIssue[],
): readonly PromptSuggestion[] {
  return suggestionsFor(issues, !lower.includes('example') && countCharacters(text) > 100)
}

function ofLength(text: string): PromptIssue[] {
  const length = countCharacters(text)
  if (length > 2000)
    return [
      {
        severity: 'warning',
        type: 'too_long',
        description: `The prompt is too long: ${length} characters`,
        location: WHOLE,
        suggestion: 'Split it, or remove what is repeated',
      },
    ]
  if (length >= 20) return []
  return [
    {
      severity: 'warning',
      type: 'too_short',
      description: `The prompt is too short: ${length} characters`,
      location: WHOLE,
      suggestion: 'Add the context and what is to be done',
    },
  ]
}

function ofWords(lower: string): PromptIssue[] {
  const terms = [...new Set(vagueTerms(lower))]
  if (terms.length === 0) return []
  return [
    {
      severity: 'warning',
      type: 'vague_language',
      description: `It has vague terms: ${terms.slice(0, VAGUE_TERMS_NAMED_MAX).join(', ')}`,
      location: 'Throughout the prompt',
      suggestion: 'Replace them by definite terms',
    },
  ]
}

function ofForm(text: string, lower: string): PromptIssue[] {
  const length = countCharacters(text)
  const issues: PromptIssue[] = []
  if (length > 200 && !hasHeader(text) && !hasBullet(text) && !hasNumber(text))
    issues.push({
      severity: 'info',
      type: 'missing_structure',
      description: 'The prompt is long and has neither headers nor lists',
      location: WHOLE,
      suggestion: 'Add headers, bullets or numbered steps',
    })
  const repeated = repeatedPhrases(upstreamWords(lower))
  if (repeated > 2)
    issues.push({
      severity: 'info',
      type: 'redundancy',
      description: `It repeats ${repeated} phrases`,
      location: 'Throughout the prompt',
      suggestion: 'Say each thing once',
    })
  if (length > 500 && text.split('\n').length < 3)
    issues.push({
      severity: 'info',
      type: 'poor_formatting',
      description: 'The prompt is long and has no line breaks',
      location: WHOLE,
      suggestion: 'Break it into lines',
    })
  return issues
}

function ofVerbs(lower: string): PromptIssue[] {
  if (ACTION_VERBS.some((verb) => lower.includes(verb))) return []
  return [
    {
      severity: 'warning',
      type: 'ambiguous_instructions',
      description: 'No verb says what is to be done',
      location: WHOLE,
      suggestion: 'Use verbs such as "summarize", "analyze" or "extract"',
    },
  ]
}

/** How many sequences of three words occur more than once. */
export function repeatedPhrases(words: readonly string[]): number {
  if (words.length <= 10) return 0
  const counts = new Map<string, number>()
  for (let at = 2; at < words.length; at++) {
    const phrase = `${words[at - 2]} ${words[at - 1]} ${words[at]}`
    counts.set(phrase, (counts.get(phrase) ?? 0) + 1)
  }
  return Array.from(counts.values()).filter((count) => count > 1).length
}
