import { shortened } from '../base/values.js'
import type { ErrorContext } from '../base/errors.js'

/** OPT-EXT-003: the file cannot be parsed. OPT-EXT-010: its prompts cannot be extracted. */
export type WorkflowErrorCode = 'OPT-EXT-003' | 'OPT-EXT-010'

/** Messages quote names of the file, which may be of any length. */
const MESSAGE_MAX = 1000

/** A file was refused as a workflow. `message` is the reason, `context` says which file and where in it. */
export class WorkflowError extends Error {
  override readonly name = 'WorkflowError'
  readonly code: WorkflowErrorCode
  readonly context: ErrorContext

  constructor(
    code: WorkflowErrorCode,
    message: string,
    options: { readonly context?: ErrorContext; readonly cause?: unknown } = {},
  ) {
    super(
      shortened(message, MESSAGE_MAX),
      'cause' in options ? { cause: options.cause } : undefined,
    )
    this.code = code
    this.context = options.context ?? {}
  }

  toJSON(): { name: string; code: WorkflowErrorCode; message: string; context: ErrorContext } {
    return { name: this.name, code: this.code, message: this.message, context: this.context }
  }
}
