import { countCharacters } from '../../versions/prompts/text-difference.js'
import { bounded, type Judgement, type ScoreParts } from './scores.js'
import { upstreamIssues, upstreamSuggestions } from './upstream-issues.js'
import {
  hasHeader,
  hasInteger,
  hasMark,
  hasNumber,
  upstreamSentences,
  upstreamText,
  upstreamWords,
  vagueTerms,
} from './upstream-text.js'
import { ACTION_VERBS, FILLERS, STOP_WORDS, TRANSITIONS } from './upstream-words.js'

/**
 * Judges a text by the rules of the first implementation, its weaknesses included: it reads English only, and counts
 * code and placeholders as prose.
 *
 * @param variables how many variables the prompt has
 */
export function judgeByUpstream(given: string, variables: number): Judgement {
  const text = upstreamText(given)
  const lower = text.toLowerCase()
  const issues = upstreamIssues(text, lower)
  return {
    parts: partsOf(text, lower),
    issues,
    suggestions: upstreamSuggestions(text, lower, issues),
    metadata: metadataOf(text, variables),
  }
}

function partsOf(text: string, lower: string): ScoreParts {
  return {
    structure: bounded(structure(text)),
    specificity: bounded(specificity(text, lower)),
    coherence: bounded(coherence(text, lower)),
    token_efficiency: bounded(tokenEfficiency(text, lower)),
    information_density: bounded(informationDensity(lower)),
  }
}

function structure(text: string): number {
  const lines = text.split('\n')
  const breaks = lines.length - 1
  let score = 50
  if (hasHeader(text)) score += 15
  if (hasMark(text)) score += 15
  if (breaks > 2) score += 10
  else if (breaks > 0) score += 5
  if (hasNumber(text)) score += 10
  if ((countCharacters(text) - breaks) / lines.length > 200) score -= 20
  return score
}

function specificity(text: string, lower: string): number {
  let score = 60
  score += Math.min(20, 5 * ACTION_VERBS.filter((verb) => lower.includes(verb)).length)
  score -= Math.min(30, 5 * vagueTerms(lower).length)
  if (hasInteger(text)) score += 10
  if (['example', 'e.g.', 'such as'].some((mark) => lower.includes(mark))) score += 10
  return score
}

function coherence(text: string, lower: string): number {
  const lengths = upstreamSentences(text).map((sentence) => upstreamWords(sentence).length)
  if (lengths.length === 0) return 50
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  let score = 70
  if (mean >= 10 && mean <= 25) score += 15
  else if (mean < 5 || mean > 40) score -= 15
  score -= Math.min(20, 10 * lengths.filter((length) => length > 35).length)
  return score + Math.min(15, 5 * TRANSITIONS.filter((word) => lower.includes(word)).length)
}

function tokenEfficiency(text: string, lower: string): number {
  const words = upstreamWords(lower)
  const distinct = words.length === 0 ? 1 : new Set(words).size / words.length
  const repetition = distinct < 0.5 ? 20 : distinct < 0.7 ? 10 : 0
  return lengthScore(countCharacters(text) / 4) - repetition
}

/** The score of a length in tokens, in both sets of rules. */
export function lengthScore(tokens: number): number {
  if (tokens < 20) return 40
  if (tokens < 50) return 70
  if (tokens <= 500) return 90
  return tokens <= 1000 ? 70 : 50
}

function informationDensity(lower: string): number {
  const words = upstreamWords(lower)
  if (words.length === 0) return 50
  const fillers = words.filter((word) => FILLERS.has(word)).length / words.length
  const content = words.filter((word) => !STOP_WORDS.has(word)).length / words.length
  return 70 - Math.min(30, fillers * 100) + Math.min(20, content * 30)
}

function metadataOf(text: string, variables: number): Judgement['metadata'] {
  const words = upstreamWords(text)
  const sentences = upstreamSentences(text)
  const characters = countCharacters(text)
  const letters = words.reduce((sum, word) => sum + countCharacters(word), 0)
  return {
    character_count: characters,
    word_count: words.length,
    sentence_count: sentences.length,
    estimated_tokens: characters / 4,
    avg_word_length: letters / Math.max(1, words.length),
    avg_sentence_length: words.length / Math.max(1, sentences.length),
    variable_count: variables,
  }
}
