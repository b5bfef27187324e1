import { randomBytes } from 'node:crypto'
import { asStorageError } from '../../objects/storage-error.js'
import type { StoredObject, ObjectService } from '../../objects/service.js'
import { ofBucket, type RequestPolicy } from '../../objects/policy.js'
import { spoolBytes } from '../../objects/spool.js'

const STEPS = ['credentials', 'list', 'write', 'read', 'delete'] as const

/** What files need of a bucket, in the order in which it is tried. */
export type AccessStep = (typeof STEPS)[number]

/** `'ok'`, `'not-tried'` because an earlier step failed, or the code and message of the failure. */
export type AccessResult = 'ok' | 'not-tried' | { readonly code: string; readonly message: string }

export interface AccessReport {
  readonly bucket: string
  readonly ok: boolean
  readonly steps: Readonly<Record<AccessStep, AccessResult>>
}

/** Tries each step on an object of its own, which no list of files shows, and stops at the first that fails. */
export async function inspectAccess(
  service: ObjectService,
  policy: RequestPolicy,
  prefix: string,
): Promise<AccessReport> {
  const tasks = stepsOf(service, `${prefix}.holdfast-probe-${randomBytes(16).toString('hex')}`)
  const steps: Record<string, AccessResult> = {}
  let ok = true
  for (const step of STEPS) {
    steps[step] = ok ? await outcome(policy, step, service.bucket, tasks[step]) : 'not-tried'
    ok &&= steps[step] === 'ok'
  }
  return { bucket: service.bucket, ok, steps: steps as Record<AccessStep, AccessResult> }
}

type Task = (signal: AbortSignal) => Promise<void>

function stepsOf(service: ObjectService, name: string): Record<AccessStep, Task> {
  let written: StoredObject | undefined
  return {
    credentials: async () => await service.findCredentials(),
    list: async (signal) => {
      await service.list({ prefix: name, after: undefined, limit: 1 }, signal)
    },
    write: async (signal) => {
      await service.prepare()
      const body = spoolBytes(Buffer.from('probe'))
      written = await service.write({ name, body, metadata: {}, precondition: 'absent' }, signal)
    },
    read: async (signal) => {
      await service.head(name, signal)
    },
    delete: async (signal) => {
      const conditional = await service.removesOnCondition()
      await service.remove(name, conditional ? written?.version : undefined, signal)
    },
  }
}

async function outcome(
  policy: RequestPolicy,
  step: AccessStep,
  bucket: string,
  task: Task,
): Promise<AccessResult> {
  try {
    await policy.ask(ofBucket(step), task)
    return 'ok'
  } catch (error) {
    const operation = {
      fallback: 'FS-PERM-001',
      what: `Access check "${step}"`,
      key: bucket,
    } as const
    const failure = asStorageError(error, operation, bucket)
    return {
      code: 'code' in failure ? String(failure.code) : failure.name,
      message: failure.message,
    }
  }
}
