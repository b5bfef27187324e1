/** An exact text of a built file, and what replaces it. */
export interface Patch {
  readonly file: string
  readonly before: string
  readonly after: string
}

/** A bug, planted. */
export interface Mutant {
  readonly name: string
  readonly patches: readonly Patch[]
  /** The story or the session that finds it first; where it does not, sessions go on. */
  readonly hint?: string
}

export const patch = (file: string, before: string, after: string): Patch => ({
  file,
  before,
  after,
})
