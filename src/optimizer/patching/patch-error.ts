import { HoldfastError, nameErrors, type HoldfastErrorOptions } from '../../base/errors.js'
import { shortened } from '../../base/values.js'

/** Why a patch was not applied. docs/errors.md says what to do. */
export const PATCH_ERROR_CODES = [
  'OPT-PATCH-001', // the selector matches no text
  'OPT-PATCH-002', // the selector matches several texts of a node, or two patches change one text
  'OPT-PATCH-003', // the template cannot be read or rendered
  'OPT-VAR-001', // a placeholder of the text would be lost
] as const

export type PatchErrorCode = (typeof PATCH_ERROR_CODES)[number]

/** Messages quote texts of the file, which may be of any length. */
const MESSAGE_MAX = 1000

/** A patch was not applied; nothing was changed. The context has `file`, and `patch`: the place in the list. */
export class PatchError extends HoldfastError<PatchErrorCode> {
  declare readonly name: 'PatchError'

  constructor(code: PatchErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, shortened(message, MESSAGE_MAX), options)
  }
}

nameErrors(PatchError, 'PatchError')
