/** The languages whose words the rules know. */
export const LANGUAGES = ['en', 'zh', 'ja', 'ko', 'es', 'fr', 'de', 'pt', 'ru'] as const
export type Language = (typeof LANGUAGES)[number]

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
  /** How many different words of each of them there are. */
  readonly vocabulary: ReadonlyMap<string, number>
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
  const found = new Map<string, Set<string>>()
  let words = 0
  for (const [word] of prose.toLowerCase().matchAll(/[\p{Script=Latin}'’]+/gu)) {
    words++
    const language = LANGUAGE_OF_WORD.get(word)
    if (language === undefined) continue
    languages.set(language, (languages.get(language) ?? 0) + 1)
    found.set(language, (found.get(language) ?? new Set()).add(word))
  }
  return {
    letters: total(scripts),
    scripts: shares(scripts),
    words,
    hits: total(languages),
    languages: shares(languages),
    vocabulary: new Map(Array.from(found, ([language, distinct]) => [language, distinct.size])),
  }
}

/** What share of the letters a script has to have before its language is read. */
const SHARE_MIN = 0.15
const LETTERS_READ_MAX = 20_000

/**
 * The languages that a text is written in, the one with most letters first. Scripts decide; languages of the Latin script
 * are told apart by their commonest words. Languages that are not in the list are left out, so the result may be empty.
 * Only the first 20,000 characters are read.
 */
export function languagesOf(text: string): readonly Language[] {
  const profile = languageOf(text.slice(0, LETTERS_READ_MAX))
  const eastAsian = shareOf(profile, CHINESE) + shareOf(profile, KANA)
  const found: readonly (readonly [number, readonly Language[]])[] = [
    [eastAsian, [isJapanese(profile, eastAsian) ? 'ja' : 'zh']],
    [shareOf(profile, LATIN_LETTERS), latinLanguages(profile)],
    [shareOf(profile, HANGUL), ['ko']],
    [shareOf(profile, CYRILLIC), ['ru']],
  ]
  return found
    .filter(([share]) => share >= SHARE_MIN)
    .toSorted(([first], [second]) => second - first)
    .flatMap(([, languages]) => languages)
}

/** More than this share of a text decides about its language. */
const MAIN_SHARE_MIN = 0.6

/** The language of a text that is written in one; undefined where that is not clear, or not in the list. */
export function mainLanguageOf(text: string): Language | undefined {
  const profile = languageOf(text)
  if (isJapanese(profile, 1)) return 'ja'
  const [script] = [
    [CHINESE, 'zh'],
    [HANGUL, 'ko'],
    [CYRILLIC, 'ru'],
  ].filter(([name = '']) => shareOf(profile, name) > MAIN_SHARE_MIN)
  if (script !== undefined) return script[1] as Language
  if (shareOf(profile, LATIN_LETTERS) <= MAIN_SHARE_MIN) return undefined
  const [[name, most] = ['', 0]] = mostFirst(profile.languages)
  return most > MAIN_SHARE_MIN ? CODES[name] : undefined
}

/** Texts in Japanese have Chinese characters, and kana between them. */
function isJapanese(profile: LanguageProfile, eastAsian: number): boolean {
  return shareOf(profile, KANA) > 0.1 * eastAsian
}

/** How many different common words show a language: one or two occur in names and in code. */
const COMMON_WORDS_MIN = 3

/** English where no language has common words: short prompts and lists of terms have none. */
function latinLanguages({ languages, vocabulary }: LanguageProfile): readonly Language[] {
  const [[name] = ['English']] = mostFirst(languages)
  if ((vocabulary.get(name) ?? 0) < COMMON_WORDS_MIN) return ['en']
  const code = CODES[name]
  return code === undefined ? [] : [code]
}

function shareOf({ scripts }: LanguageProfile, script: string): number {
  return scripts.get(script) ?? 0
}

function mostFirst(shares: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...shares].toSorted(([, left], [, right]) => right - left)
}

/** Those of the languages in Latin letters whose words the rules know. */
const CODES: Readonly<Record<string, Language>> = {
  English: 'en',
  Spanish: 'es',
  French: 'fr',
  German: 'de',
  Portuguese: 'pt',
}

/** The writing system that terms in many languages have. */
export const LATIN_LETTERS = 'Latin letters'
const CYRILLIC = 'Cyrillic letters'
const HANGUL = 'Hangul'
const KANA = 'Kana'
const CHINESE = 'Chinese characters'

/** Names of code are not words of a language. */
const IDENTIFIER = /\b[A-Za-z]{0,64}[_\d][\w.-]{0,64}/g

/** Name, letters, and how many Latin letters say as much as one of them, roughly. */
const SCRIPTS: readonly (readonly [name: string, letters: RegExp, weight: number])[] = [
  [LATIN_LETTERS, /\p{Script=Latin}/gu, 1],
  [CYRILLIC, /\p{Script=Cyrillic}/gu, 1],
  ['Greek letters', /\p{Script=Greek}/gu, 1],
  ['Arabic letters', /\p{Script=Arabic}/gu, 1],
  ['Hebrew letters', /\p{Script=Hebrew}/gu, 1],
  ['Devanagari', /\p{Script=Devanagari}/gu, 1],
  ['Thai letters', /\p{Script=Thai}/gu, 1],
  [HANGUL, /\p{Script=Hangul}/gu, 2],
  [KANA, /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 2],
  [CHINESE, /\p{Script=Han}/gu, 3],
  [
    'other letters',
    /(?![\p{scx=Latin}\p{scx=Cyrillic}\p{scx=Greek}\p{scx=Arabic}\p{scx=Hebrew}\p{scx=Devanagari}\p{scx=Thai}\p{scx=Hangul}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Han}])\p{L}/gu,
    1,
  ],
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

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const count of counts.values()) sum += count
  return sum
}

function shares(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const sum = total(counts)
  return new Map(Array.from(counts, ([name, count]) => [name, count / sum]))
}
