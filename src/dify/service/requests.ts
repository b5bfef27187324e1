import type { AnswerRecord } from './answers.js'
import type { RunIds } from './run-events.js'

/** What every call that generates something may have. */
export interface GenerateOptions {
  /** Interrupts it: the run is told to stop, then the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** How long it may take, in ms; by default as the client's option says. */
  readonly timeoutMs?: number | undefined
  /**
   * Is called once, as soon as Dify has said what the run is called, and awaited before its events are read on. If it
   * throws, the run is told to stop.
   */
  readonly onStarted?: ((ids: RunIds) => void | Promise<void>) | undefined
  /**
   * Is called and awaited before the request is sent again after a temporary failure with this code. With false, it is
   * not sent again, and the call fails. A request that had no answer may have begun a run.
   */
  readonly onRetry?: ((code: string) => Promise<boolean>) | undefined
  /** Whom Dify's logs name; by default as the client's option says. */
  readonly user?: string | undefined
  readonly files?: readonly DifyFileInput[] | undefined
}

export interface RunRequest extends GenerateOptions {
  /** The published version to run. By default the one that was published last. */
  readonly workflowId?: string | undefined
  readonly inputs: AnswerRecord
}

export interface DifyChatRequest extends GenerateOptions {
  readonly query: string
  readonly inputs?: AnswerRecord | undefined
  /** Continues this conversation. */
  readonly conversationId?: string | undefined
  /** Chatflows only: the published version to run. */
  readonly workflowId?: string | undefined
}

export interface CompletionRequest extends GenerateOptions {
  readonly inputs: AnswerRecord
}

/** A file that is given to an app: one that was uploaded, or one at an address. */
export interface DifyFileInput {
  readonly type: 'image' | 'document' | 'audio' | 'video' | 'custom'
  readonly transfer_method: 'remote_url' | 'local_file'
  readonly url?: string
  readonly upload_file_id?: string
}

export interface UploadedFile {
  readonly id: string
  readonly name: string
  /** In bytes. */
  readonly size: number
  readonly mime_type: string
}

export interface AppInfo {
  readonly name: string
  readonly description: string
  readonly mode: string
  readonly tags: readonly string[]
}
