import { describe, expect, it, vi } from 'vitest'
import { DiskError, type DiskFailure } from '../../../../src/disk/disk-error.js'
import type { DiskPhase } from '../../../../src/disk/disk-error.js'
import {
  concatenate,
  goesAgain,
  isOfFrame,
  isPublishing,
  notAttempted,
  outcomeOf,
  pendingOf,
  selectBatch,
  type Pending,
} from '../../../../src/engine/commit/batch.js'
import { DiskRetries } from '../../../../src/engine/disk-retries.js'

const LIMITS = { transactions: 100, bytes: 1000 }

interface Given extends Partial<Pending> {
  readonly paths: readonly string[]
  readonly bytes?: number
}

function pending({ paths, bytes = 10, ...more }: Given): Pending {
  const reject = vi.fn<(error: unknown) => void>()
  const changes = paths.map((path) => ({ kind: 'replace', path }) as const)
  const record = new Uint8Array(bytes).fill(paths[0]?.charCodeAt(0) ?? 0)
  const made = pendingOf({ record, changes, paths, resolve: () => undefined, reject }, 0)
  return { ...made, ...more }
}

const pathsOf = (all: readonly Pending[]): string[] =>
  all.map(({ changes }) => changes.map(({ path }) => path).join('+'))

function selected(
  waiting: readonly Pending[],
  { busy = [], ...limits }: Partial<typeof LIMITS> & { readonly busy?: readonly string[] } = {},
): { readonly batch: string[]; readonly left: string[] } {
  const { batch, left } = selectBatch(waiting, new Set(busy), { ...LIMITS, ...limits })
  return { batch: pathsOf(batch), left: pathsOf(left) }
}

describe('a batch', () => {
  it('takes the queue in order up to each limit, and always its first transaction', () => {
    const queue = ['a', 'b', 'c'].map((path) => pending({ paths: [path], bytes: 400 }))
    expect(selected(queue)).toEqual({ batch: ['a', 'b'], left: ['c'] })
    expect(selected(queue, { transactions: 1 })).toEqual({ batch: ['a'], left: ['b', 'c'] })
    expect(selected(queue, { bytes: 1200 })).toEqual({ batch: ['a', 'b', 'c'], left: [] })
    expect(selected(queue, { bytes: 1 })).toEqual({ batch: ['a'], left: ['b', 'c'] })
    const wide = Array.from({ length: 255 }, (_, at) => String(at))
    const next = pending({ paths: ['x', 'y'] })
    expect(selected([pending({ paths: wide }), next]).left).toEqual(['x+y'])
  })

  it('never overtakes on a path: not one in flight, not one that stays behind', () => {
    const queue = [['a'], ['a', 'b'], ['b', 'c'], ['c'], ['d']].map((paths) => pending({ paths }))
    expect(selected(queue)).toEqual({ batch: ['a', 'd'], left: ['a+b', 'b+c', 'c'] })
    expect(selected(queue, { busy: ['a'] })).toEqual({
      batch: ['d'],
      left: ['a', 'a+b', 'b+c', 'c'],
    })
  })

  it('leaves a resting transaction in its place, and with it those on its paths', () => {
    const queue = [
      pending({ paths: ['a', 'b'], resting: true }),
      pending({ paths: ['b'] }),
      pending({ paths: ['c'] }),
    ]
    expect(selected(queue)).toEqual({ batch: ['c'], left: ['a+b', 'b'] })
  })

  it('has one transaction only where that needs all descriptors', () => {
    const alone = pending({ paths: ['a'], alone: true })
    const other = pending({ paths: ['b'] })
    expect(selected([alone, other])).toEqual({ batch: ['a'], left: ['b'] })
    expect(selected([other, alone])).toEqual({ batch: ['b'], left: ['a'] })
  })

  it('goes to the disk as its records back to back', () => {
    const [one, two] = [pending({ paths: ['a'], bytes: 2 }), pending({ paths: ['b'], bytes: 3 })]
    expect(Buffer.from(concatenate([one, two])).toString()).toBe('aabbb')
    expect(concatenate([one])).toBe(one.record)
    expect(concatenate([])).toEqual(new Uint8Array(0))
  })
})

describe('a transaction that the disk has refused', () => {
  const refused = (code: string): DiskFailure => ({
    code,
    phase: 'stage',
    syscall: 'write',
    path: 'f',
  })
  const host = (attempts: number): Parameters<typeof goesAgain>[2] => {
    const retries = new DiskRetries('d', { attempts, delayMs: 1, maxDelayMs: 1 }, 0)
    return { retries, lockTimeoutMs: 0 }
  }

  it('goes again at once, alone, when descriptors were missing, and is then refused', () => {
    const one = pending({ paths: ['a'] })
    expect(goesAgain(one, refused('EMFILE'), host(1), () => undefined)).toBe(true)
    expect([one.alone, one.resting, one.refusals]).toEqual([true, false, 0])
    expect(goesAgain(one, refused('EMFILE'), host(1), () => undefined)).toBe(false)
    expect(one.reject).toHaveBeenCalledOnce()
  })

  it('rests after a temporary failure, then wakes the queue, as often as the rule allows', async () => {
    const one = pending({ paths: ['a'] })
    const rule = host(2)
    await new Promise<void>((wake) => {
      expect(goesAgain(one, refused('EBUSY'), rule, wake)).toBe(true)
      expect(one.resting).toBe(true)
    })
    expect(one.resting).toBe(false)
    expect(goesAgain(one, refused('EBUSY'), rule, () => undefined)).toBe(false)
    expect(one.reject).toHaveBeenCalledWith(expect.objectContaining({ code: 'EBUSY', attempts: 2 }))
  })

  it('is refused at the first failure of another kind, and kept out of a queue when committed', () => {
    const one = pending({ paths: ['a'] })
    expect(goesAgain(one, undefined, host(9), () => undefined)).toBe(false)
    expect(one.reject).not.toHaveBeenCalled()
    expect(goesAgain(one, refused('ENOSPC'), host(9), () => undefined)).toBe(false)
    expect(one.reject).toHaveBeenCalledWith(
      expect.objectContaining({ code: 'ENOSPC', attempts: 1 }),
    )
  })
})

describe('the outcome of a commit that failed', () => {
  const failed = (phase: DiskPhase): DiskError => new DiskError('EIO', 'any', 'a', { phase })

  it('is unknown once its frame was written', () => {
    const cause = new Error('why')
    const error = new DiskError('EIO', 'fdatasync', 'a', { phase: 'frame_flush', cause })
    expect(outcomeOf(error, false)).toBe(error)
    expect(outcomeOf(error, true)).toMatchObject({ code: 'EIO', isOutcomeUnknown: true, cause })
    expect(outcomeOf(cause, true)).toBe(cause)
  })

  it('depends on the phase: of the frame, of publishing, or neither', () => {
    const kinds = (['stage', 'append', 'frame_flush', 'publish'] as const).map((phase) => [
      isOfFrame(failed(phase)),
      isPublishing(failed(phase)),
    ])
    expect(kinds).toEqual([
      [false, false],
      [true, false],
      [true, false],
      [false, true],
    ])
    expect(isPublishing(outcomeOf(failed('append'), true))).toBe(true)
    expect(isOfFrame(new Error('append'))).toBe(false)
  })

  it('is that of a call not begun behind a disk that hangs', () => {
    const cause = failed('commit')
    expect(notAttempted(cause)).toMatchObject({ code: 'ETIMEDOUT', phase: 'commit', cause })
    expect(isPublishing(notAttempted(cause))).toBe(false)
  })
})
