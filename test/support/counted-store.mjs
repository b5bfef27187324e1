// Commits whose number says what all files have to be: the state after each is known without any record of it.

/** The operations of commit `n` of a writer, from 1 on. */
export function operationsOf(writer, n) {
  const bytes = (text) => Buffer.from(text)
  return [
    { kind: 'replace', path: `${writer}/counter`, bytes: bytes(String(n)) },
    { kind: 'replace', path: `${writer}/slot-${n % 7}`, bytes: bytes(slotText(n)) },
    { kind: 'create', path: `${writer}/kept/${n}`, bytes: bytes(`kept ${n}`) },
    ...(n > 20 ? [{ kind: 'remove', path: `${writer}/kept/${n - 20}` }] : []),
  ]
}

/** The files of a writer after its commit `n`, by their paths. */
export function stateAfter(writer, n) {
  const state = new Map([[`${writer}/counter`, String(n)]])
  for (let at = Math.max(1, n - 6); at <= n; at++)
    state.set(`${writer}/slot-${at % 7}`, slotText(at))
  for (let at = Math.max(1, n - 19); at <= n; at++) state.set(`${writer}/kept/${at}`, `kept ${at}`)
  return state
}

/**
 * What is wrong with files that are to be a state of these writers; undefined when nothing is. `counts` gets the number
 * of the last commit of each.
 */
export function contradictionIn(contents, writers, counts = new Map()) {
  const expected = new Map()
  for (const writer of writers) {
    const n = Number(contents.get(`${writer}/counter`)?.toString() ?? 0)
    counts.set(writer, n)
    if (n > 0) for (const [path, text] of stateAfter(writer, n)) expected.set(path, text)
  }
  for (const [path, text] of expected) {
    const found = contents.get(path)?.toString()
    if (found !== text) return `${path} is ${found?.slice(0, 40)}, not ${text.slice(0, 40)}`
  }
  for (const path of contents.keys())
    if (!path.startsWith('.') && !expected.has(path)) return `${path} should not be there`
  return undefined
}

/** Some are longer than a backup reads at once, some longer than the journal takes. */
function slotText(n) {
  return `${n} `.repeat(n % 7 === 0 ? 60_000 : n % 7 === 1 ? 20_000 : 10)
}
