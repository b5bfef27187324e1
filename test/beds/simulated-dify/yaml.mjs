// Files as the simulated Dify reads them: as PyYAML does, by another parser.
import { parseDocument } from 'yaml'

/** As PyYAML reads them: YAML 1.1, of equal keys the last one. */
const YAML = { version: '1.1', merge: true, uniqueKeys: false, strict: false, logLevel: 'silent' }
/** How many lines may be indented less than their key. */
const REPAIRS_MAX = 500

/** The value of a file. Throws for what PyYAML refuses, as far as this parser refuses it, too. */
export function readYaml(text) {
  let source = text
  for (let repairs = 0; repairs < REPAIRS_MAX; repairs++) {
    const document = parseDocument(source, YAML)
    const [error] = document.errors
    if (error === undefined) return document.toJS()
    if (!/Missing closing .quote/.test(error.message)) throw new Error(error.message)
    source = withIndentation(source, error.pos[1])
  }
  throw new Error('A text in quotes does not end')
}

/**
 * Lines of a text in quotes may be indented less than their key for PyYAML, and not for this parser. Blanks at the
 * start of such a line are folded away: more of them change nothing.
 */
function withIndentation(text, at) {
  const line = text.indexOf('\n', at - 1) + 1
  if (line === 0 || line >= text.length) throw new Error('A text in quotes does not end')
  // Empty lines stay: the text goes on behind them.
  const next = line + /^\n*/.exec(text.slice(line))[0].length
  return `${text.slice(0, next)}${' '.repeat(80)}${text.slice(next)}`
}
