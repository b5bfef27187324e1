/** A place as editors show it: both from 1, the column in UTF-16 code units. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** The lines of a text, for the places of many offsets. */
export class TextPlaces {
  readonly #starts: number[] = [0]
  readonly #hasMark: boolean

  constructor(text: string) {
    this.#hasMark = text.charCodeAt(0) === 0xfeff
    const breaks = /\r\n?|\n/g
    while (breaks.exec(text) !== null) this.#starts.push(breaks.lastIndex)
  }

  /** @param offset in UTF-16 code units from the start of the text; a byte order mark there has no column */
  at(offset: number): TextPlace {
    let [low, high] = [0, this.#starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    const mark = low === 0 && this.#hasMark && offset > 0 ? 1 : 0
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 - mark }
  }
}
