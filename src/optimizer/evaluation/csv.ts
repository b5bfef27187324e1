/**
 * The records of a CSV text (RFC 4180): fields in double quotes may hold commas, line breaks and doubled quotes. Lines
 * end with LF or CRLF; empty lines are left out.
 *
 * @returns undefined when a quoted field does not end
 */
export function parseCsv(text: string): string[][] | undefined {
  const records: string[][] = []
  let record: string[] = []
  let at = 0
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at)
    if (field === undefined) return undefined
    record.push(field.value)
    at = field.end
    if (text[at] === ',') {
      at++
      // The line ends after a comma: there is one more field, which is empty.
      if (at === text.length) record.push('')
      else continue
    }
    if (text.startsWith('\r\n', at)) at += 2
    else at++
    if (record.length > 1 || record[0] !== '') records.push(record)
    record = []
  }
  return records
}

interface Field {
  readonly value: string
  /** Where the comma, the line end or the end of the text is. */
  readonly end: number
}

function plainField(text: string, start: number): Field {
  let end = start
  while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++
  const value = text.slice(start, end)
  return text[end] !== ',' && value.endsWith('\r')
    ? { value: value.slice(0, -1), end: end - 1 + Number(text[end] !== '\n') }
    : { value, end }
}

function quotedField(text: string, start: number): Field | undefined {
  let value = ''
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote === -1) return undefined
    value += text.slice(from, quote)
    if (text[quote + 1] !== '"') {
      const end = quote + 1
      const isEnd =
        end === text.length || text[end] === ',' || /^\r?\n/.test(text.slice(end, end + 2))
      return isEnd ? { value, end } : undefined
    }
    value += '"'
    from = quote + 2
  }
}
