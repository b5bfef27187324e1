/** What is known of a version without its document. */
export interface VersionSummary {
  readonly version: string
  /** ISO 8601, UTC, as the caller gave it; missing where the documents have no such field. */
  readonly created_at?: string
  readonly author?: string
  readonly message?: string
  /** Bytes of the file. */
  readonly size?: number
  /** The labels of the version. */
  readonly labels?: readonly string[]
  /** The overall score of its analysis. */
  readonly score?: number
}
