/** The body of each answer that is not a success. */
export interface ErrorBody {
  readonly error: {
    /** Of the library, `FS-…` and `OPT-…`; of the server itself, `HTTP-…`; `ERR_HOLDFAST_ARGUMENT` for misuse. */
    readonly code: string
    readonly message: string
    /** Facts, as `HoldfastError.context`. For misuse: `error`, the name of the class, and `field`. */
    readonly context: Readonly<Record<string, unknown>>
    /** Whether the same request, sent again as it is, may succeed. */
    readonly retryable: boolean
  }
}
