import { countCharacters } from '../../versions/prompts/text-difference.js'
import { holdfastIssues, lacksExamples, needsNoWords } from './holdfast-issues.js'
import { readText, type ReadText } from './holdfast-text.js'
import { bounded, type Judgement, type ScoreParts, type TextUse } from './scores.js'
import { suggestionsFor } from './suggestions.js'
import { lengthScore } from './upstream-rules.js'
import { occurrences, VOCABULARIES } from './vocabulary.js'

/**
 * Judges a text by the rules of Holdfast. They have the form of the first implementation's, and differ where those were
 * wrong: words, sentences and lists of words of nine languages, tokens by script, and only prose is judged as prose.
 *
 * @param variables how many variables the prompt has
 */
export function judgeByHoldfast(text: string, variables: number, use: TextUse): Judgement {
  const read = readText(text)
  const issues = holdfastIssues(read, use)
  return {
    parts: partsOf(read),
    issues,
    suggestions: suggestionsFor(issues, lacksExamples(read)),
    metadata: metadataOf(read, variables),
  }
}

/**
 * The score of a message that is variables or an example alone, such as the question of a user: there is nothing to
 * improve, and it is not below the threshold from which a prompt is improved.
 */
const NOTHING_TO_JUDGE = 80

function partsOf(read: ReadText): ScoreParts {
  if (read.words.length === 0) return uniform(needsNoWords(read) ? NOTHING_TO_JUDGE : 0)
  return {
    structure: bounded(structure(read)),
    specificity: bounded(specificity(read)),
    coherence: bounded(coherence(read)),
    token_efficiency: bounded(tokenEfficiency(read)),
    information_density: bounded(informationDensity(read)),
  }
}

function uniform(score: number): ScoreParts {
  return {
    structure: score,
    specificity: score,
    coherence: score,
    token_efficiency: score,
    information_density: score,
  }
}

/** A text of this many words needs neither headers nor lists. */
const SHORT_WORDS_MAX = 40
/** Words in a line from which it is hard to find one's way in it: that of the first implementation, 200 characters. */
const LINE_WORDS_MAX = 60

function structure(read: ReadText): number {
  const isShort = read.words.length <= SHORT_WORDS_MAX
  let score = isShort ? 80 : 50
  if (read.hasHeader) score += 15
  if (read.hasList) score += 15
  if (read.lines > 3) score += 10
  else if (read.lines > 1) score += 5
  if (read.hasSteps) score += 10
  if (!isShort && read.words.length / Math.max(1, read.lines) > LINE_WORDS_MAX) score -= 20
  return score
}

function specificity({ prose, languages }: ReadText): number {
  const count = (kind: 'actions' | 'vague'): number =>
    new Set(occurrences(prose.text, languages, kind).map((word) => word.toLowerCase())).size
  let score = 60
  // Where the language is not known, neither its verbs nor their absence count.
  score += languages.length === 0 ? 10 : Math.min(20, 5 * count('actions'))
  score -= Math.min(30, 5 * count('vague'))
  if (/\p{Nd}/u.test(prose.text)) score += 10
  if (prose.examples > 0 || occurrences(prose.text, languages, 'examples').length > 0) score += 10
  return score
}

function coherence({ sentences, prose, languages }: ReadText): number {
  if (sentences.length === 0) return 50
  const mean = sentences.reduce((sum, length) => sum + length, 0) / sentences.length
  let score = 70
  if (mean >= 5 && mean <= 25) score += 15
  else if (mean < 2 || mean > 40) score -= 15
  score -= Math.min(20, 10 * sentences.filter((length) => length > 50).length)
  const transitions = new Set(
    occurrences(prose.text, languages, 'transitions').map((word) => word.toLowerCase()),
  )
  return score + Math.min(15, 5 * transitions.size)
}

function tokenEfficiency({ tokens, words }: ReadText): number {
  const variety = varietyOf(words)
  const repetition = variety < 0.5 ? 20 : variety < 0.6 ? 10 : 0
  return lengthScore(tokens) - repetition
}

const WINDOW_WORDS = 100

/**
 * The share of distinct words, as a mean over windows of 100 words: over a whole text it falls with its length, so that
 * every long text would count as repetitive (Covington and McFall 2010, moving-average type-token ratio).
 */
export function varietyOf(words: readonly string[]): number {
  if (words.length <= WINDOW_WORDS)
    return words.length === 0 ? 1 : new Set(words).size / words.length
  const counts = new Map<string, number>()
  let sum = 0
  for (const [at, word] of words.entries()) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
    const left = words[at - WINDOW_WORDS]
    if (left !== undefined) {
      const count = counts.get(left) ?? 0
      if (count === 1) counts.delete(left)
      else counts.set(left, count - 1)
    }
    if (at >= WINDOW_WORDS - 1) sum += counts.size / WINDOW_WORDS
  }
  return sum / (words.length - WINDOW_WORDS + 1)
}

function informationDensity({ words, prose, languages }: ReadText): number {
  const fillers = occurrences(prose.text, languages, 'fillers').length / words.length
  const isStopWord = (word: string): boolean =>
    languages.some((language) => VOCABULARIES[language].stopWords.has(word))
  const content = words.filter((word) => !isStopWord(word)).length / words.length
  return 70 - Math.min(30, fillers * 100) + Math.min(20, content * 30)
}

function metadataOf(read: ReadText, variables: number): Judgement['metadata'] {
  const { text, words, sentences, prose } = read
  const letters = words.reduce((sum, word) => sum + countCharacters(word), 0)
  return {
    character_count: countCharacters(text),
    word_count: words.length,
    sentence_count: sentences.length,
    estimated_tokens: read.tokens,
    avg_word_length: letters / Math.max(1, words.length),
    avg_sentence_length: words.length / Math.max(1, sentences.length),
    variable_count: variables,
    placeholder_count: prose.placeholders,
    example_count: prose.examples,
    languages: [...read.languages],
  }
}
