/** The names that a Jinja2 text takes from outside, each once. */
export interface JinjaNames {
  readonly free: ReadonlySet<string>
  /** Every word within the marks and in comments: a variable that is commented out is unused on purpose. */
  readonly words: ReadonlySet<string>
}

/** Words of the grammar, constants, tests after `is`, and what every template has. */
const GRAMMAR: ReadonlySet<string> = new Set(
  (
    'and or not in is if elif else endif for endfor set endset block endblock macro endmacro call endcall filter ' +
    'endfilter raw endraw with endwith without context import from include extends as do recursive scoped ignore ' +
    'missing break continue true false none True False None loop self super caller varargs kwargs range dict lipsum ' +
    'cycler joiner namespace autoescape endautoescape trans endtrans pluralize'
  ).split(' '),
)

/**
 * The names that a template reads and does not make itself. Names after a dot or a `|`, of tests, and of arguments are not
 * variables; those of `for`, `set` and `macro` are the template's own. Takes a time that grows with the text.
 */
export function jinjaNames(text: string): JinjaNames {
  const free = new Set<string>()
  const words = new Set<string>()
  const own = new Set<string>()
  for (const { code, isComment } of codeOf(text)) {
    for (const [word] of code.matchAll(/[A-Za-z_]\w*/g)) words.add(word)
    if (isComment) continue
    for (const name of ownNames(code)) own.add(name)
    const plain = code.replace(/"[^"]*"|'[^']*'/g, '""')
    for (const match of plain.matchAll(NAME)) {
      const name = match[0]
      if (!GRAMMAR.has(name) && isVariable(plain, match.index, name)) free.add(name)
    }
  }
  for (const name of own) free.delete(name)
  return { free, words }
}

const NAME = /(?<![\w.])[A-Za-z_]\w*/g

function isVariable(code: string, at: number, name: string): boolean {
  const before = code.slice(Math.max(0, at - 20), at)
  if (/[.|]\s*$/.test(before) || /\bis\s+(?:not\s+)?$/.test(before)) return false
  // An argument of a call: `indent(width=2)`.
  return !/^\s*=(?!=)/.test(code.slice(at + name.length, at + name.length + 20))
}

function ownNames(code: string): readonly string[] {
  const statement = code.trim()
  const listed = (names = ''): string[] => names.match(/[A-Za-z_]\w*/g) ?? []
  const loop = /^for\s([^{}%]*?)\sin\s/.exec(statement)
  if (loop !== null) return listed(loop[1])
  const set = /^set\s+([A-Za-z_][\w ,.]*)/.exec(statement)
  if (set !== null) return listed(set[1])
  const macro = /^(?:macro|call)\b([^=]*)/.exec(statement)
  if (macro !== null) return listed(statement)
  const bound = /^with\s/.test(statement)
    ? statement.matchAll(/(?<!\w)([A-Za-z_]\w{0,60})\s{0,5}=(?!=)/g)
    : []
  return Array.from(bound, (match) => match[1] ?? '')
}

interface Code {
  readonly code: string
  readonly isComment: boolean
}

/** What is between the marks of outputs, statements and comments; raw blocks are left out. */
function codeOf(text: string): readonly Code[] {
  const found: Code[] = []
  let at = 0
  for (;;) {
    const start = text.indexOf('{', at)
    if (start === -1) return found
    const kind = text.charAt(start + 1)
    const closing = CLOSING[kind]
    if (closing === undefined) {
      at = start + 1
      continue
    }
    const end = text.indexOf(closing, start + 2)
    if (end === -1) return found
    const code = text.slice(start + 2, end).replace(/^[-+]|[-+]$/g, '')
    at = end + 2
    if (kind === '%' && code.trim() === 'raw') {
      const close = text.indexOf('endraw', at)
      if (close === -1) return found
      at = close
      continue
    }
    found.push({ code, isComment: kind === '#' })
  }
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}}', '%': '%}', '#': '#}' }
