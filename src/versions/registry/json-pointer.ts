/** The steps from a document to a value in it: names of fields and indexes of arrays. */
export type Path = readonly (string | number)[]

/** A path as a JSON Pointer (RFC 6901), such as `/messages/2/content`; '' for the document itself. */
export function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A text that two JSON values share exactly if they are equal, whatever the order of their fields. */
export function keyOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`
  const fields = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)}:${keyOf(item)}`,
  )
  return `{${fields.toSorted().join()}}`
}
