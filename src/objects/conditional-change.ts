import { randomBytes } from 'node:crypto'
import { spoolBytes } from './spool.js'
import { CloudFailure, UNKNOWABLE } from './object-failure.js'
import type { CloudObject, ObjectService, ObjectWrite } from './object-service.js'
import type { CloudPolicy } from './policy.js'

/** What the metadata of an object tells of the attempt that wrote it. */
export interface AttemptMarks {
  /** The id of the attempt that has made an object; undefined for an object that others made. */
  attemptOf(metadata: Readonly<Record<string, string>>): string | undefined
  /** Of an object that stands for a deleted one, where the service removes nothing on condition. */
  deleted(attempt: string): Record<string, string>
}

/**
 * Changes of one object that may be repeated: the precondition lets at most one attempt through, and the store's own id
 * in the metadata tells which. What stays open after the last attempt is reported as unknown, never as done or not done.
 */
export class ConditionalChange {
  readonly #service: ObjectService
  readonly #policy: CloudPolicy
  readonly #marks: AttemptMarks

  constructor(service: ObjectService, policy: CloudPolicy, marks: AttemptMarks) {
    this.#service = service
    this.#policy = policy
    this.#marks = marks
  }

  /** @throws CloudFailure `conflict` when the precondition does not hold */
  async write(write: ObjectWrite, storeId: string, extraMs: number): Promise<CloudObject> {
    let open = false
    const attempt = async (signal: AbortSignal): Promise<CloudObject> => {
      if (open) {
        const landed = await this.#find(write.name, storeId, signal)
        if (landed !== undefined) return landed
      }
      const before = open
      // Until there is an answer: a deadline may end this attempt at any point.
      open = true
      try {
        return await this.#service.write(write, signal)
      } catch (error) {
        if (before && isKind(error, 'conflict'))
          return await this.#settle(write.name, storeId, signal)
        if (!isKind(error, 'unknown')) open = before
        throw error
      }
    }
    try {
      return await this.#policy.run({ operation: 'write', name: write.name }, attempt, extraMs)
    } catch (error) {
      // The last attempt was refused, but an earlier one may have landed.
      throw open && isKind(error, 'refused') ? unknownOutcome() : error
    }
  }

  /** Removes the object if it is still that version. @throws CloudFailure `conflict` when it is not */
  async remove(object: CloudObject, exactly: boolean): Promise<boolean> {
    if (await this.#service.removesOnCondition())
      return await this.#delete(object.name, object.version)
    // Without conditions for DELETE: one that must not hit anything else replaces the file by a marker.
    if (exactly) return await this.#mark(object)
    return await this.#delete(object.name, undefined)
  }

  async #delete(name: string, version: string | undefined): Promise<boolean> {
    let open = false
    const attempt = async (signal: AbortSignal): Promise<boolean> => {
      const before = open
      open = true
      try {
        await this.#service.remove(name, version, signal)
        return true
      } catch (error) {
        const mayBeOurs = before && isKind(error, 'conflict')
        if (mayBeOurs && (await this.#service.head(name, signal)) === undefined) return true
        if (!isKind(error, 'unknown')) open = before
        throw error
      }
    }
    try {
      return await this.#policy.run({ operation: 'remove', name }, attempt)
    } catch (error) {
      throw open && isKind(error, 'refused') ? unknownOutcome() : error
    }
  }

  async #mark(object: CloudObject): Promise<boolean> {
    const storeId = randomBytes(16).toString('hex')
    const marker = {
      name: object.name,
      body: spoolBytes(new Uint8Array(0)),
      metadata: this.#marks.deleted(storeId),
      precondition: { version: object.version },
    }
    await this.write(marker, storeId, 0)
    return true
  }

  /** After a conflict: either an earlier attempt of ours was the one that changed the object, or nobody can tell. */
  async #settle(name: string, storeId: string, signal: AbortSignal): Promise<CloudObject> {
    const landed = await this.#find(name, storeId, signal)
    if (landed === undefined) throw unknownOutcome()
    return landed
  }

  async #find(
    name: string,
    storeId: string,
    signal: AbortSignal,
  ): Promise<CloudObject | undefined> {
    const object = await this.#service.head(name, signal)
    return object !== undefined && this.#marks.attemptOf(object.metadata) === storeId
      ? object
      : undefined
  }
}

function unknownOutcome(): CloudFailure {
  return new CloudFailure(
    'unknown',
    'An attempt had no answer; whether it was carried out is unknown',
    {
      reason: UNKNOWABLE,
    },
  )
}

function isKind(error: unknown, kind: CloudFailure['kind']): boolean {
  return error instanceof CloudFailure && error.kind === kind
}
