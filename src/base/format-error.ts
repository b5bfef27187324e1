/** Thrown by decoders for bytes that no encoder wrote. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
}
