/** The languages whose words the rules know. */
export const LANGUAGES = ['en', 'zh', 'ja', 'ko', 'es', 'fr', 'de', 'pt', 'ru'] as const
export type Language = (typeof LANGUAGES)[number]

/** What share of the letters a script has to have before its language is read. */
const SHARE_MIN = 0.15
/** A Han character is a syllable, often a word: it has the weight of this many Latin letters. */
const WEIGHT_OF_HAN = 3
const LETTERS_READ_MAX = 20_000

/** Letters of each script, weighted by how much text one of them is. */
interface Scripts {
  readonly latin: number
  readonly han: number
  readonly kana: number
  readonly hangul: number
  readonly cyrillic: number
  readonly other: number
}

/**
 * The languages that a text is written in, the one with most letters first. Scripts decide; languages of the Latin script
 * are told apart by their commonest words. Languages that are not in the list are left out, so the result may be empty.
 * Only the first 20,000 characters are read.
 */
export function languagesOf(text: string): readonly Language[] {
  const sample = text.slice(0, LETTERS_READ_MAX)
  const scripts = countScripts(sample)
  const all = Object.values<number>({ ...scripts }).reduce((sum, letters) => sum + letters, 0)
  const eastAsian = scripts.han + scripts.kana
  const isJapanese = scripts.kana > 0.1 * eastAsian
  const found: readonly (readonly [number, readonly Language[]])[] = [
    [eastAsian, [isJapanese ? 'ja' : 'zh']],
    [scripts.latin, latinLanguages(sample)],
    [scripts.hangul, ['ko']],
    [scripts.cyrillic, ['ru']],
  ]
  return found
    .filter(([letters]) => letters > 0 && letters >= SHARE_MIN * all)
    .toSorted(([first], [second]) => second - first)
    .flatMap(([, languages]) => languages)
}

function countScripts(text: string): Scripts {
  const letters = (pattern: RegExp): number => text.match(pattern)?.length ?? 0
  const latin = letters(/\p{Script=Latin}/gu)
  const han = letters(/\p{Script=Han}/gu)
  const kana = letters(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu)
  const hangul = letters(/\p{Script=Hangul}/gu)
  const cyrillic = letters(/\p{Script=Cyrillic}/gu)
  const other = letters(/\p{L}/gu) - latin - han - kana - hangul - cyrillic
  return {
    latin,
    han: han * WEIGHT_OF_HAN,
    kana: kana * 2,
    hangul: hangul * 2,
    cyrillic,
    other: Math.max(0, other),
  }
}

/** Words that are frequent in one language and rare in the others. */
const COMMON_WORDS: readonly (readonly [Language, RegExp])[] = [
  ['en', /\b(?:the|and|of|is|are|you|your|this|that|with|for|from|be|should|must|not)\b/gi],
  ['es', /(?<!\p{L})(?:el|los|las|una|del|que|para|con|por|como|está|usuario|debe|y)(?!\p{L})/giu],
  ['fr', /(?<!\p{L})(?:le|les|des|une|est|vous|pour|dans|avec|sur|qui|votre|et|du)(?!\p{L})/giu],
  ['de', /(?<!\p{L})(?:der|die|das|und|ist|ein|eine|nicht|mit|für|von|auf|sie|den)(?!\p{L})/giu],
  ['pt', /(?<!\p{L})(?:o|os|uma|do|da|não|para|com|você|em|seu|usuário|deve|ao)(?!\p{L})/giu],
]

/** How many different common words show a language: one or two occur in names and in code. */
const COMMON_WORDS_MIN = 3

/** English where no language has common words: short prompts and lists of terms have none. */
function latinLanguages(text: string): readonly Language[] {
  const counts = COMMON_WORDS.map(
    ([language, words]) => [language, distinct(text.match(words) ?? [])] as const,
  )
  const most = counts.reduce((best, each) => (each[1] > best[1] ? each : best))
  const isForeign = most[1] >= COMMON_WORDS_MIN && most[0] !== 'en'
  return isForeign ? [most[0]] : ['en']
}

function distinct(words: readonly string[]): number {
  return new Set(words.map((word) => word.toLowerCase())).size
}
