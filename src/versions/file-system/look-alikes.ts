/**
 * Letters of other scripts that look like Latin ones in common fonts (Unicode's confusables, the Cyrillic and Greek
 * ones). Full-width letters and ligatures need no entry, since NFKC replaces them.
 */
const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    A: 'АΑ',
    B: 'ВΒ',
    C: 'С',
    E: 'ЕΕ',
    H: 'НΗ',
    I: 'ІΙӀ',
    J: 'Ј',
    K: 'КΚ',
    M: 'МΜ',
    N: 'Ν',
    O: 'ОΟ',
    P: 'РΡ',
    S: 'Ѕ',
    T: 'ТΤ',
    X: 'ХΧ',
    Y: 'УΥҮ',
    Z: 'Ζ',
    a: 'аα',
    c: 'сϲ',
    d: 'ԁ',
    e: 'е',
    h: 'һ',
    i: 'іι',
    j: 'јϳ',
    o: 'оο',
    p: 'рρ',
    q: 'ԛ',
    s: 'ѕ',
    v: 'ν',
    w: 'ԝ',
    x: 'х',
    y: 'уү',
  }).flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)),
)

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
const ASCII_ONLY = /^[\u0020-\u007e]*$/

/** Names shown in full; a hostile store must not fill the screen. */
const SHOWN_MAX = 20

/** One sentence for each group of ids that look the same, and for each id with invisible characters. */
export function lookAlikes(ids: readonly string[]): readonly string[] {
  const groups = new Map<string, string[]>()
  const invisible: string[] = []
  for (const id of ids) {
    if (ASCII_ONLY.test(id)) continue
    const look = lookOf(id)
    groups.set(look, [...(groups.get(look) ?? []), id])
    if (id.search(INVISIBLE) !== -1) invisible.push(id)
  }
  // An id of plain ASCII looks like itself, so its look is not computed: most stores have only such ids.
  for (const id of ids) if (ASCII_ONLY.test(id)) groups.get(id)?.push(id)
  const reported = new Set<string>()
  const found: string[] = []
  for (const group of groups.values()) {
    if (group.length === 1) continue
    for (const id of group) reported.add(id)
    found.push(`These ids look the same: ${group.map(spelled).join(', ')}.`)
  }
  for (const id of invisible) {
    if (!reported.has(id)) found.push(`The id ${spelled(id)} has characters that cannot be seen.`)
  }
  if (found.length <= SHOWN_MAX) return found
  return [...found.slice(0, SHOWN_MAX), `${found.length - SHOWN_MAX} more ids look like others.`]
}

function lookOf(id: string): string {
  const visible = id.normalize('NFKC').replace(INVISIBLE, '')
  return Array.from(visible, (character) => LOOKS_LIKE.get(character) ?? character).join('')
}

/** Shows every character that is not plain ASCII by its number, since the letters would look the same here, too. */
function spelled(id: string): string {
  return JSON.stringify(id).replace(
    /[^\u0020-\u007e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
