/** How many characters a piece has. Pieces, unlike words, exist in every script. */
const PIECE_LENGTH = 3
/** Of a longer text, as many characters from its beginning are compared. */
const COMPARED_LENGTH_MAX = 20_000

/** Texts with their pieces, so that each text is cut once. */
export class TextSimilarity {
  readonly #pieces = new Map<string, ReadonlyMap<string, number>>()

  /**
   * The share of the pieces that two texts have in common (Dice): 1 for equal texts, 0 for texts without a common piece.
   * Case and the amount of white space do not count.
   */
  of(first: string, second: string): number {
    if (first === second) return 1
    const [left, right] = [this.#piecesOf(first), this.#piecesOf(second)]
    const [few, many] = left.size < right.size ? [left, right] : [right, left]
    let common = 0
    for (const [piece, count] of few) common += Math.min(count, many.get(piece) ?? 0)
    const all = countOf(left) + countOf(right)
    return all === 0 ? 1 : (2 * common) / all
  }

  #piecesOf(text: string): ReadonlyMap<string, number> {
    const known = this.#pieces.get(text)
    if (known !== undefined) return known
    const pieces = cut(text)
    this.#pieces.set(text, pieces)
    return pieces
  }
}

/** The pieces of a text, and how often each occurs. Blanks at both ends let a short text have pieces, too. */
function cut(text: string): ReadonlyMap<string, number> {
  const even = text.slice(0, COMPARED_LENGTH_MAX).trim().replaceAll(/\s+/g, ' ').toLowerCase()
  const padded = even === '' ? '' : ` ${even} `
  const pieces = new Map<string, number>()
  for (let at = 0; at + PIECE_LENGTH <= padded.length; at++) {
    const piece = padded.slice(at, at + PIECE_LENGTH)
    pieces.set(piece, (pieces.get(piece) ?? 0) + 1)
  }
  return pieces
}

function countOf(pieces: ReadonlyMap<string, number>): number {
  let count = 0
  for (const each of pieces.values()) count += each
  return count
}
