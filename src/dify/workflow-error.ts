import { HoldfastError, nameErrors, type HoldfastErrorOptions } from '../base/errors.js'
import { shortened } from '../base/values.js'

/**
 * OPT-EXT-001: there is no such workflow. OPT-EXT-002: there is no such node. OPT-EXT-003: the file cannot be parsed.
 * OPT-EXT-010: its prompts cannot be extracted. OPT-PATCH-010: a text of it cannot be replaced exactly. OPT-SVC-004:
 * the file cannot be read from the disk.
 */
export type WorkflowErrorCode =
  'OPT-EXT-001' | 'OPT-EXT-002' | 'OPT-EXT-003' | 'OPT-EXT-010' | 'OPT-PATCH-010' | 'OPT-SVC-004'

/** Messages quote names of the file, which may be of any length. */
const MESSAGE_MAX = 1000

/** A file was refused as a workflow. `message` is the reason, `context` says which file and where in it. */
export class WorkflowError extends HoldfastError<WorkflowErrorCode> {
  declare readonly name: 'WorkflowError'

  constructor(code: WorkflowErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, shortened(message, MESSAGE_MAX), options)
  }
}

nameErrors(WorkflowError, 'WorkflowError')
