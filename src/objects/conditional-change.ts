import { randomBytes } from 'node:crypto'
import { spoolBytes } from './spool.js'
import { isFailure, ObjectFailure, UNKNOWABLE } from './failure.js'
import type { StoredObject, ObjectService, ObjectWrite } from './service.js'
import type { RequestPolicy } from './policy.js'

/** Marks in the metadata of an object by the attempt that wrote it. */
export interface AttemptMarks {
  /** The id of the attempt that has made an object; undefined for an object that others made. */
  attemptOf(metadata: Readonly<Record<string, string>>): string | undefined
  /** Of an object that replaces a deleted one, where the service removes nothing on condition. */
  deleted(attempt: string): Record<string, string>
}

/**
 * Changes of one object that may be retried: the precondition lets at most one attempt through, and the store's own id
 * in the metadata tells which. An outcome that stays open is reported as unknown, never as done or not done.
 */
export class ConditionalChange {
  readonly #service: ObjectService
  readonly #policy: RequestPolicy
  readonly #marks: AttemptMarks

  constructor(service: ObjectService, policy: RequestPolicy, marks: AttemptMarks) {
    this.#service = service
    this.#policy = policy
    this.#marks = marks
  }

  /** @throws ObjectFailure `conflict` when the precondition does not hold */
  async write(write: ObjectWrite, storeId: string, extraMs: number): Promise<StoredObject> {
    let open = false
    const attempt = async (signal: AbortSignal): Promise<StoredObject> => {
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
        if (before && isFailure(error, 'conflict'))
          return await this.#settle(write.name, storeId, signal)
        if (!isFailure(error, 'unknown')) open = before
        throw error
      }
    }
    try {
      return await this.#policy.run({ operation: 'write', name: write.name }, attempt, extraMs)
    } catch (error) {
      // The last attempt was refused, but an earlier one may have taken effect.
      throw open && isFailure(error, 'refused') ? unknownOutcome() : error
    }
  }

  /** Removes the object if it is still that version. @throws ObjectFailure `conflict` when it is not */
  async remove(object: StoredObject, exactly: boolean): Promise<boolean> {
    if (await this.#service.removesOnCondition())
      return await this.#delete(object.name, object.version)
    // Without conditions for DELETE, a removal that must not hit anything else replaces the file by a marker.
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
        const mayBeOurs = before && isFailure(error, 'conflict')
        if (mayBeOurs && (await this.#service.head(name, signal)) === undefined) return true
        if (!isFailure(error, 'unknown')) open = before
        throw error
      }
    }
    try {
      return await this.#policy.run({ operation: 'remove', name }, attempt)
    } catch (error) {
      throw open && isFailure(error, 'refused') ? unknownOutcome() : error
    }
  }

  async #mark(object: StoredObject): Promise<boolean> {
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

  /** After a conflict: either an earlier attempt of this call changed the object, or the outcome is unknown. */
  async #settle(name: string, storeId: string, signal: AbortSignal): Promise<StoredObject> {
    const landed = await this.#find(name, storeId, signal)
    if (landed === undefined) throw unknownOutcome()
    return landed
  }

  async #find(
    name: string,
    storeId: string,
    signal: AbortSignal,
  ): Promise<StoredObject | undefined> {
    const object = await this.#service.head(name, signal)
    return object !== undefined && this.#marks.attemptOf(object.metadata) === storeId
      ? object
      : undefined
  }
}

function unknownOutcome(): ObjectFailure {
  return new ObjectFailure(
    'unknown',
    'An attempt had no answer; whether it was carried out is unknown',
    {
      reason: UNKNOWABLE,
    },
  )
}
