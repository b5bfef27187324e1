import type { ErrorContext } from '../errors.js'

/** OPT-EXT-003: the file cannot be parsed. OPT-EXT-010: its prompts cannot be extracted. */
export type WorkflowErrorCode = 'OPT-EXT-003' | 'OPT-EXT-010'

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
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.context = options.context ?? {}
  }

  toJSON(): { name: string; code: WorkflowErrorCode; message: string; context: ErrorContext } {
    return { name: this.name, code: this.code, message: this.message, context: this.context }
  }
}
