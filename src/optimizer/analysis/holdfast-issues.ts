import type { PromptIssue } from '../../versions/prompts/prompt-version.js'
import { shortened } from '../../base/values.js'
import type { ReadText } from './holdfast-text.js'
import { brokenBlocks, brokenReferences } from './placeholder-faults.js'
import type { TextUse } from './scores.js'
import { repeatedPhrases } from './upstream-issues.js'
import { occurrences } from './vocabulary.js'

const WHOLE = 'Entire prompt'
const NAMED_MAX = 5
/** More tokens than this are named in an issue: the length from which the score of efficiency falls most. */
const TOKENS_MAX = 1000
const SHORT_WORDS_MIN = 4
const STRUCTURE_WORDS_MIN = 100
const FORMAT_WORDS_MIN = 150
const EXAMPLE_WORDS_MIN = 60

/** The issues of a text, the critical ones first. */
export function holdfastIssues(read: ReadText, use: TextUse): readonly PromptIssue[] {
  return [
    ...faults(read, use),
    ...ofLength(read, use),
    ...ofWords(read),
    ...ofForm(read),
    ...ofVerbs(read, use),
  ]
}

/** Whether it is in order that a text has no words: it is variables alone, or an example alone. */
export function needsNoWords({ prose }: ReadText): boolean {
  return prose.placeholders > 0 || prose.examples > 0
}

/** Whether a text is so long that an example helps, and has none. */
export function lacksExamples({ prose, words, languages }: ReadText): boolean {
  return (
    words.length > EXAMPLE_WORDS_MIN &&
    prose.examples === 0 &&
    languages.length > 0 &&
    occurrences(prose.text, languages, 'examples').length === 0
  )
}

/** Critical: what keeps a prompt from doing anything, or from saying what its author wrote. */
function faults(read: ReadText, use: TextUse): PromptIssue[] {
  const issues: PromptIssue[] = []
  if (read.words.length === 0 && !needsNoWords(read))
    issues.push({
      severity: 'critical',
      type: 'ambiguous_instructions',
      description: 'The prompt has no instruction',
      location: WHOLE,
      suggestion: 'Say what is to be done',
    })
  const broken = use.syntax === 'jinja2' ? [] : brokenReferences(read.text)
  for (const written of broken.slice(0, NAMED_MAX))
    issues.push({
      severity: 'critical',
      type: 'poor_formatting',
      description: `Dify does not resolve ${shortened(written)}: the model reads it as it is written`,
      location: shortened(written),
      suggestion: 'Write {{#node.field#}}, with letters, digits and "_" in the id of the node',
    })
  const blocks = use.syntax === 'jinja2' ? brokenBlocks(read.text) : undefined
  if (blocks !== undefined)
    issues.push({
      severity: 'critical',
      type: 'poor_formatting',
      description: `The template cannot be rendered: ${blocks}`,
      location: WHOLE,
      suggestion: 'Close each block in the order in which the blocks were opened',
    })
  return issues
}

function ofLength(read: ReadText, use: TextUse): PromptIssue[] {
  if (read.tokens > TOKENS_MAX)
    return [
      {
        severity: 'warning',
        type: 'too_long',
        description: `The prompt is long: about ${read.tokens} tokens`,
        location: WHOLE,
        suggestion: 'Split it, or remove what is repeated',
      },
    ]
  const count = read.words.length
  if (count === 0 || count >= SHORT_WORDS_MIN || needsNoWords(read)) return []
  if (use.role === 'assistant') return []
  return [
    {
      severity: 'warning',
      type: 'too_short',
      description: `The prompt is short: ${count} ${count === 1 ? 'word' : 'words'}`,
      location: WHOLE,
      suggestion: 'Add the context and what is to be done',
    },
  ]
}

function ofWords({ prose, languages }: ReadText): PromptIssue[] {
  const terms = new Set(
    occurrences(prose.text, languages, 'vague').map((term) => term.toLowerCase()),
  )
  if (terms.size === 0) return []
  return [
    {
      severity: 'warning',
      type: 'vague_language',
      description: `It has vague terms: ${[...terms].slice(0, NAMED_MAX).join(', ')}`,
      location: 'Throughout the prompt',
      suggestion: 'Replace them by definite terms',
    },
  ]
}

function ofForm(read: ReadText): PromptIssue[] {
  const issues: PromptIssue[] = []
  const count = read.words.length
  if (count > STRUCTURE_WORDS_MIN && !read.hasHeader && !read.hasList)
    issues.push({
      severity: 'info',
      type: 'missing_structure',
      description: 'The prompt is long and has neither headers nor lists',
      location: WHOLE,
      suggestion: 'Add headers, bullets or numbered steps',
    })
  const repeated = repeatedPhrases(read.words)
  // A long text repeats some phrases by chance: one in fifty words is common in texts that repeat nothing.
  if (repeated > Math.max(2, count / 25))
    issues.push({
      severity: 'info',
      type: 'redundancy',
      description: `It repeats ${repeated} phrases`,
      location: 'Throughout the prompt',
      suggestion: 'Say each thing once',
    })
  if (count > FORMAT_WORDS_MIN && read.lines < 3)
    issues.push({
      severity: 'info',
      type: 'poor_formatting',
      description: 'The prompt is long and has no line breaks',
      location: WHOLE,
      suggestion: 'Break it into lines',
    })
  return issues
}

/** Only where the language is known, and only for messages that instruct. */
function ofVerbs(
  { prose, words, languages }: ReadText,
  { role = 'system' }: TextUse,
): PromptIssue[] {
  const instructs = role === 'system' || (role === 'user' && prose.placeholders === 0)
  if (!instructs || words.length === 0 || languages.length === 0) return []
  if (occurrences(prose.text, languages, 'actions').length > 0) return []
  return [
    {
      severity: 'warning',
      type: 'ambiguous_instructions',
      description: 'No verb says what is to be done',
      location: WHOLE,
      suggestion: 'Say it with a verb: summarise, extract, answer, translate',
    },
  ]
}
