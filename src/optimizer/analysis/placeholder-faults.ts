/**
 * References that Dify leaves as literal text although they look like ones: an id with `-` or blanks inside the marks,
 * or a missing mark at one end. What only resembles one, such as the grammar shown in a prompt about Dify, is not
 * counted, and neither is code.
 *
 * @returns each as it is written, once, in order of appearance
 */
export function brokenReferences(text: string): readonly string[] {
  return [...new Set(brokenReferencesIn(text).map(({ written }) => written))]
}

/** The same references, each time that they are there, with where they begin. */
export function brokenReferencesIn(
  text: string,
): readonly { readonly written: string; readonly start: number }[] {
  const plain = text.replace(/`[^`\n]{1,200}`/g, (code) => ' '.repeat(code.length))
  return BROKEN.flatMap((pattern) =>
    Array.from(plain.matchAll(pattern), ({ 0: written, index: start }) => ({ written, start })),
  )
}

const BROKEN: readonly RegExp[] = [
  // The engine's pattern has letters, digits and `_` in an id; the editor also shows ids with `-`, which stay literal.
  /\{\{#(?=[\w.]{0,80}-)[\w-]{1,50}(?:\.[A-Za-z_]\w{0,29}){1,10}#\}\}/g,
  /\{\{#[ \t]{1,10}[\w-]{1,50}(?:\.[A-Za-z_]\w{0,29}){1,10}[ \t]{0,10}#\}\}/g,
  /\{\{#[\w-]{1,50}(?:\.[A-Za-z_]\w{0,29}){1,10}[ \t]{1,10}#\}\}/g,
  // A mark is missing: `{{#1713.text}}`, `{{1713262060182.text#}}`, `{#1713262060182.text#}`.
  /\{\{#[\w-]{1,50}(?:\.[A-Za-z_]\w{0,29}){1,10}\}\}/g,
  /\{\{[\w-]{1,50}(?:\.[A-Za-z_]\w{0,29}){1,10}#\}\}/g,
  /(?<!\{)\{#\d{8,20}\.[A-Za-z_]\w{0,29}#\}(?!\})/g,
]

/** Whether the blocks of a Jinja2 text are closed in the order in which they were opened, or why not. */
export function brokenBlocks(text: string): string | undefined {
  const open: string[] = []
  const source = withoutComments(text)
  for (const [, name = ''] of source.matchAll(/\{%[-+]?\s{0,20}([a-z]+)/g)) {
    if (BLOCKS.has(name)) open.push(name)
    else if (name.startsWith('end') && BLOCKS.has(name.slice(3)) && open.pop() !== name.slice(3))
      return `{% ${name} %} closes a block that is not open`
  }
  return open.length === 0 ? undefined : `{% ${open.at(-1)} %} is never closed`
}

function withoutComments(text: string): string {
  const kept: string[] = []
  let at = 0
  for (;;) {
    const start = text.indexOf('{#', at)
    const end = start === -1 ? -1 : text.indexOf('#}', start + 2)
    if (end === -1) return [...kept, text.slice(at)].join(' ')
    kept.push(text.slice(at, start))
    at = end + 2
  }
}

/** Statements with an end. `set` has one only without `=`, and is left out. */
const BLOCKS: ReadonlySet<string> = new Set([
  'if',
  'for',
  'macro',
  'call',
  'filter',
  'raw',
  'block',
])
