/** The word lists of the first implementation. They are English, and texts are searched for them in lower case. */

/** Verbs that say what to do. They are looked for as parts of words, so `information` contains `format`. */
export const ACTION_VERBS: readonly string[] = list(
  'summarize analyze extract generate write create list identify classify compare explain describe provide format',
  'translate convert calculate evaluate recommend suggest',
)

/** Words that connect sentences, looked for as parts of words. */
export const TRANSITIONS: readonly string[] = list(
  'first second then next finally therefore however additionally furthermore',
)

/** Words without a meaning, as whole words between blanks. */
export const FILLERS: ReadonlySet<string> = new Set(
  list('very really just actually basically literally totally absolutely definitely certainly'),
)

/** Words of grammar, as whole words between blanks. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  list(
    'the a an is are was were be been being have has had do does did will would could should may might must shall can',
    'need dare ought used to of in for on with at by from as into through during before after above below between under',
    'again further once and or but if because while where when how which who whom this that these those it its',
  ),
)

function list(...lines: readonly string[]): string[] {
  return lines.join(' ').split(' ')
}
