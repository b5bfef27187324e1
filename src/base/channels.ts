import { channel, type Channel } from 'node:diagnostics_channel'

/**
 * Why a file is on the list. `content_gone`: the journal names it, and its content is missing. `content_damaged`: its
 * content is not what was written; it was set aside. `obstructed`: something else has its name; its content was set
 * aside. `removed`: it was removed while no process had the store open.
 */
export type LostReason = 'content_gone' | 'content_damaged' | 'obstructed' | 'removed'

export interface LostFile {
  /** Relative to the store. */
  readonly path: string
  readonly reason: LostReason
  /** ISO 8601, in UTC. */
  readonly noticed_at: string
  /** The path of what is left of it, relative to the store. */
  readonly kept_as?: string
}

/** A batch of transactions became durable and visible. */
export interface CommitMessage {
  readonly directory: string
  readonly transactions: number
  readonly operations: number
  /** Journaled bytes, headers and padding included. */
  readonly bytes: number
  /** Log sequence number of the frame. */
  readonly lsn: number
  readonly durationMs: number
}

/** Published files were flushed, and the journal no longer needs their frames. */
export interface CheckpointMessage {
  readonly directory: string
  readonly lsn: number
  /** How many file changes it covers. */
  readonly changes: number
  readonly durationMs: number
}

/** The journal was replayed, at open or after a writer died. */
export interface RecoveryMessage {
  readonly directory: string
  readonly reason: string
  readonly frames: number
  readonly operations: number
  readonly durationMs: number
}

/** Stored data is damaged, or is not what its name says. */
export interface CorruptMessage {
  readonly directory: string
  readonly path: string
  readonly kind: string
  readonly detail: string
}

/** A call failed temporarily and is retried. */
export interface RetryMessage {
  /** The directory of the store; for a bucket, its name. */
  readonly directory: string
  /** What was attempted, such as `read` or `commit`. */
  readonly operation: string
  /** The number of the failed attempt, from 1. */
  readonly attempt: number
  /** The wait before the next attempt. */
  readonly delayMs: number
  /** The name of the errno, such as `EBUSY`; for a cloud, the reason of the failure. */
  readonly code: string
  /** Relative to the store. For a cloud: the name of the object, or ''. */
  readonly path: string
}

/** Files that the store could not keep. Published when they are noticed, and at each open until they are accepted. */
export interface LostMessage {
  readonly directory: string
  readonly files: readonly LostFile[]
  /** How many more there are than `files` names. */
  readonly omitted: number
}

/** The store works, but not as well as it could: a missing file-system feature, space running out. */
export interface WarningMessage {
  readonly directory: string
  readonly code: string
  readonly message: string
}

/** Work that no caller awaits has failed. */
export interface BackgroundErrorMessage {
  readonly directory: string
  readonly stage: string
  readonly error: unknown
}

/** The message of each channel; the channel is called `holdfast:<name>`. */
export interface ChannelMessages {
  readonly commit: CommitMessage
  readonly checkpoint: CheckpointMessage
  readonly recovery: RecoveryMessage
  readonly corrupt: CorruptMessage
  readonly lost: LostMessage
  readonly retry: RetryMessage
  readonly warning: WarningMessage
  readonly 'background-error': BackgroundErrorMessage
}

export type ChannelName = keyof ChannelMessages

/** Every channel's full name, for subscribers of node:diagnostics_channel. */
export const CHANNEL_NAMES: { readonly [Name in ChannelName]: `holdfast:${Name}` } = Object.freeze({
  commit: 'holdfast:commit',
  checkpoint: 'holdfast:checkpoint',
  recovery: 'holdfast:recovery',
  corrupt: 'holdfast:corrupt',
  lost: 'holdfast:lost',
  retry: 'holdfast:retry',
  warning: 'holdfast:warning',
  'background-error': 'holdfast:background-error',
})

/** Publishes a message if there are subscribers; without them it is not even made. */
export function publish<Name extends ChannelName>(
  name: Name,
  message: () => ChannelMessages[Name],
): void {
  const target = channels[name]
  if (target.hasSubscribers) target.publish(message())
}

/** Calls `listener` with every message from now on. Returns a function that unsubscribes it. */
export function subscribe<Name extends ChannelName>(
  name: Name,
  listener: (message: ChannelMessages[Name]) => void,
): () => void {
  // Node hands over `unknown`; only `publish` above writes to these channels, and it is typed.
  const receive = (message: unknown): void => listener(message as ChannelMessages[Name])
  channels[name].subscribe(receive)
  return () => {
    channels[name].unsubscribe(receive)
  }
}

/** Held here, since Node forgets channels without a reference. */
const channels: { readonly [Name in ChannelName]: Channel } = {
  commit: channel(CHANNEL_NAMES.commit),
  checkpoint: channel(CHANNEL_NAMES.checkpoint),
  recovery: channel(CHANNEL_NAMES.recovery),
  corrupt: channel(CHANNEL_NAMES.corrupt),
  lost: channel(CHANNEL_NAMES.lost),
  retry: channel(CHANNEL_NAMES.retry),
  warning: channel(CHANNEL_NAMES.warning),
  'background-error': channel(CHANNEL_NAMES['background-error']),
}
