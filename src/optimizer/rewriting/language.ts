/** Shares of the writing systems and languages of a text. Those of one kind add up to 1. */
export interface LanguageProfile {
  /** How many Latin letters say as much as the text, roughly. */
  readonly letters: number
  readonly scripts: ReadonlyMap<string, number>
  /** How many words are written in Latin letters. */
  readonly words: number
  /** How many of them only one of the known languages has. */
  readonly hits: number
  /** Among the languages that are written in Latin letters. */
  readonly languages: ReadonlyMap<string, number>
}

/** The profile of a text without its protected parts. It does not depend on the machine's language. */
export function languageOf(text: string): LanguageProfile {
  const prose = text.replace(IDENTIFIER, ' ')
  const scripts = new Map<string, number>()
  for (const [name, pattern, weight] of SCRIPTS) {
    const count = (prose.match(pattern)?.length ?? 0) * weight
    if (count > 0) scripts.set(name, count)
  }
  const languages = new Map<string, number>()
  let words = 0
  for (const [word] of prose.toLowerCase().matchAll(/[\p{Script=Latin}'’]+/gu)) {
    words++
    const language = LANGUAGE_OF_WORD.get(word)
    if (language !== undefined) languages.set(language, (languages.get(language) ?? 0) + 1)
  }
  return {
    letters: total(scripts),
    scripts: shares(scripts),
    words,
    hits: total(languages),
    languages: shares(languages),
  }
}

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
        name === 'Latin letters' ? GAIN_TO : GAIN_OF_OTHERS_TO,
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

/** Names of code are not words of a language. */
const IDENTIFIER = /\b[A-Za-z]{0,64}[_\d][\w.-]{0,64}/g

/** Name, letters, and how many Latin letters say as much as one of them, roughly. */
const SCRIPTS: readonly (readonly [name: string, letters: RegExp, weight: number])[] = [
  ['Latin letters', /\p{Script=Latin}/gu, 1],
  ['Cyrillic letters', /\p{Script=Cyrillic}/gu, 1],
  ['Greek letters', /\p{Script=Greek}/gu, 1],
  ['Arabic letters', /\p{Script=Arabic}/gu, 1],
  ['Hebrew letters', /\p{Script=Hebrew}/gu, 1],
  ['Devanagari', /\p{Script=Devanagari}/gu, 1],
  ['Thai letters', /\p{Script=Thai}/gu, 1],
  ['Hangul', /\p{Script=Hangul}/gu, 2],
  ['Kana', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 2],
  ['Chinese characters', /\p{Script=Han}/gu, 3],
]

/** Frequent words, each in one list only. */
const FREQUENT: Readonly<Record<string, string>> = {
  English:
    'the and of to is are you your with that this from for not it be as or if must should will when which can only please any all do by each have has an using use into them they their what how',
  French:
    'le les et des est une du vous votre dans pour que qui pas sur avec sont ce cette être si plus doit ou où aux vos leur chaque',
  German:
    'der und ist ein eine nicht mit den dem das sie ihr auf für von wenn zu als wird werden sind oder muss bitte nur jede einen einer im',
  Spanish:
    'el los las y es por para del se su debe como más pero está usted cada cuando sin sobre solo ser si tus',
  Portuguese:
    'os e é um uma não você seu sua ao da dos das em deve são mas quando pelo pela apenas cada nos texto',
  Italian:
    'il lo gli di che è un per non sono della nel con deve più questo ogni come solo quando anche delle tuo',
  Dutch: 'het een van en je niet dat met voor zijn worden moet deze wordt alleen elke bij naar ook',
  Indonesian: 'yang dan untuk dengan dari ini dalam tidak anda adalah pada harus atau jika setiap',
  Turkish: 've bir bu için ile değil olarak her gibi olan veya daha çok',
  Polish: 'nie się na jest że do z dla oraz jak lub przez być każdy tylko',
  Vietnamese: 'và của là có không được cho với các một trong này người bạn phải',
}

const LANGUAGE_OF_WORD: ReadonlyMap<string, string> = onlyIn(FREQUENT)

function onlyIn(lists: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const shared = new Set<string>()
  for (const [language, list] of Object.entries(lists))
    for (const word of list.split(' ')) {
      if (found.has(word)) shared.add(word)
      found.set(word, language)
    }
  for (const word of shared) found.delete(word)
  return found
}

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

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const count of counts.values()) sum += count
  return sum
}

function shares(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const sum = total(counts)
  return new Map(Array.from(counts, ([name, count]) => [name, count / sum]))
}
