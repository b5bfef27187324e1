import { ARGUMENT_CODE } from '../../base/misuse.js'
import { errorAnswer } from '../error-answer.js'

/** The names that Langfuse has for failures. */
export type LangfuseErrorName =
  | 'InvalidRequestError'
  | 'UnauthorizedError'
  | 'ForbiddenError'
  | 'LangfuseNotFoundError'
  | 'LangfuseConflictError'

/** A refusal in the words of Langfuse. It never leaves this room: it is answered there. */
export class LangfuseRefusal extends Error {
  readonly status: number
  readonly error: LangfuseErrorName | readonly unknown[]

  constructor(status: number, error: LangfuseRefusal['error'], message: string) {
    super(message)
    this.status = status
    this.error = error
  }
}

/** @returns a refusal of a request that breaks a rule */
export function invalidRequest(message: string): LangfuseRefusal {
  return new LangfuseRefusal(400, 'InvalidRequestError', message)
}

/** The body of an answer to a request that failed, as clients of Langfuse read it. */
export interface LangfuseAnswer {
  readonly status: number
  readonly body: {
    readonly message: string
    /** A name, or the faults of a request that does not fit its schema. */
    readonly error: string | readonly unknown[]
    /** The code of the library or the server: docs/errors.md. Clients of Langfuse ignore it. */
    readonly code?: string
  }
}

/** The answer to a failure. */
export function langfuseAnswer(error: unknown): LangfuseAnswer {
  if (isRefusal(error))
    return { status: error.status, body: { message: error.message, error: error.error } }
  const { status, body } = errorAnswer(error)
  const { code, message, context } = body.error
  const isProtected = code === 'OPT-LABEL-001' && context['reason'] === 'protected'
  const final = isProtected ? 403 : status
  return { status: final, body: { message, error: nameOf(final, code), code } }
}

function isRefusal(error: unknown): error is LangfuseRefusal {
  return typeof error === 'object' && error !== null && REFUSALS.has(error)
}

const REFUSALS = new WeakSet<object>()

/** Marks a refusal, so that it is told from errors that only look like one. */
export function refuse(refusal: LangfuseRefusal): never {
  REFUSALS.add(refusal)
  throw refusal
}

function nameOf(status: number, code: string): string {
  if (code === ARGUMENT_CODE || status === 400) return 'InvalidRequestError'
  if (status === 401) return 'UnauthorizedError'
  if (status === 403) return 'ForbiddenError'
  if (status === 404) return 'LangfuseNotFoundError'
  if (status === 409 || status === 422) return 'LangfuseConflictError'
  return code
}
