import type { LabelChange, VersionChange } from '../versions/version-watch.js'

/**
 * The first event of a stream, `hello`. The id of an event is the position after it; a request with it as
 * `Last-Event-ID` continues there.
 */
export interface HelloEvent {
  readonly position: string
  /** Whether the stream continues at `Last-Event-ID`. If not, anything may have changed since. */
  readonly resumed: boolean
  /** As that of a heartbeat. */
  readonly elapsed_ms: number
}

/** `heartbeat`: nothing has changed, or all that has was sent before. */
export interface HeartbeatEvent {
  readonly position: string
  /**
   * From the arrival of the request to a moment before which everything that had changed has been sent by now. A client
   * adds it to the time of its request, and knows how old its memory is without comparing clocks.
   */
  readonly elapsed_ms: number
}

/** `save`, `delete`, `reset`, `label`: as `watch` of a storage reports them. */
export type ChangeEvent = VersionChange | LabelChange
