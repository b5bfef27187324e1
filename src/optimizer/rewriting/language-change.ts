import { LATIN_LETTERS, type LanguageProfile } from '../analysis/languages.js'

/**
 * What became of the language from one text to another: a sentence, or undefined if it is still the same. A quarter
 * of the letters may be others: an English heading in a Chinese prompt is not a translation.
 */
export function languageChange(
  before: LanguageProfile,
  after: LanguageProfile,
): string | undefined {
  const isScriptKnown = before.letters >= LETTERS_MIN && after.letters >= LETTERS_MIN
  const script = isScriptKnown
    ? shift(before.scripts, after.scripts, (name) =>
        name === LATIN_LETTERS ? GAIN_TO : GAIN_OF_OTHERS_TO,
      )
    : undefined
  if (script !== undefined) return `the share of ${script}`
  const isLanguageKnown = before.hits >= HITS_MIN && after.hits >= HITS_MIN
  const language = isLanguageKnown
    ? shift(before.languages, after.languages, () => GAIN_TO)
    : undefined
  if (language !== undefined) return `the share of words in ${language}`
  return haveVanished(before, after) ? 'the frequent words of its language are gone' : undefined
}

/** A language that is in no list has none of the words that the text before was full of. */
function haveVanished(before: LanguageProfile, after: LanguageProfile): boolean {
  if (before.hits < HITS_TO_MISS_MIN || after.words < WORDS_TO_MISS_MIN) return false
  return after.hits / after.words < before.hits / before.words / 4
}

/** One word is enough to see the writing system. */
const LETTERS_MIN = 4
/** Fewer words of one language occur by chance: "die" and "was" are English, too. */
const HITS_MIN = 4
/** From how many frequent words on, and in how many words, it cannot be chance that there are none. */
const HITS_TO_MISS_MIN = 8
const WORDS_TO_MISS_MIN = 16
/** A share that is at least this large may not be halved. */
const LOSS_FROM = 0.25
/** A share that was below the first may not reach the second. */
const GAIN_FROM = 0.05
const GAIN_TO = 0.25
/** Terms in Latin letters are part of many languages; other writing systems are not. */
const GAIN_OF_OTHERS_TO = 0.1

function shift(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  gainTo: (name: string) => number,
): string | undefined {
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name) ?? 0, after.get(name) ?? 0]
    const isLost = was >= LOSS_FROM && is < was / 2
    if (isLost || (was < GAIN_FROM && is > gainTo(name)))
      return `${name} was ${percent(was)} and is ${percent(is)}`
  }
  return undefined
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
