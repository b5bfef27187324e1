/** What a server reports of its work. Neither texts of prompts nor tokens are in it. */
export type ServerEvent = RequestEvent | FaultEvent

/** A request was answered. */
export interface RequestEvent {
  readonly event: 'request'
  readonly id: string
  readonly method: string
  /** The pattern of the path, such as `/api/v1/prompts/:id`; '' where nothing is at the path. */
  readonly route: string
  readonly status: number
  readonly duration_ms: number
  readonly actor: string | null
  /** The code of the failure. */
  readonly code: string | null
}

/** The server, or what it depends on, failed. */
export interface FaultEvent {
  readonly event: 'fault'
  readonly id: string
  readonly code: string
  readonly cause: unknown
}
