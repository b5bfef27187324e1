import type { Random } from './random.js'

/** The simulated system calls. */
export type Call =
  | 'open'
  | 'create'
  | 'write'
  | 'truncate'
  | 'fsync'
  | 'fdatasync'
  | 'link'
  | 'rename'
  | 'unlink'
  | 'mkdir'
  | 'rmdir'
  | 'stat'
  | 'readdir'
  | 'read'
  | 'flock'

/** `short`: half of a write is done, and then it goes on; `hang`: the call returns when `HANG_MS` have passed. */
export type Effect = 'EIO' | 'ENOSPC' | 'EMFILE' | 'short' | 'hang' | 'hang-for-ever'

/** What goes wrong: the `nth` call of a kind, counted over the whole machine, and the `times - 1` of it that follow. */
export interface Fault {
  readonly call: Call
  readonly nth: number
  readonly times: number
  readonly effect: Effect
}

/** Longer than `IO_TIMEOUT_MS`, so that the caller gives up on it. */
export const HANG_MS = 2000
/** Of the stores that meet faults: a redo of all that a session commits takes less. */
export const IO_TIMEOUT_MS = 500

const CALLS: Readonly<Record<Effect, readonly Call[]>> = {
  EIO: ['write', 'fsync', 'fsync', 'fdatasync', 'fdatasync', 'read', 'rename', 'link', 'unlink'],
  ENOSPC: ['write', 'create', 'mkdir', 'link', 'rename'],
  EMFILE: ['open', 'create'],
  short: ['write'],
  hang: ['write', 'fsync', 'fdatasync', 'rename', 'link'],
  'hang-for-ever': ['write', 'fsync', 'fdatasync'],
}

export function drawFault(random: Random): Fault {
  const effect = random.pick<Effect>([
    'EIO',
    'EIO',
    'EIO',
    'ENOSPC',
    'ENOSPC',
    'EMFILE',
    'short',
    'hang',
    'hang-for-ever',
  ])
  return {
    call: random.pick(CALLS[effect]),
    nth: random.integer(1, random.pick([10, 30, 150])),
    times: random.pick([1, 1, 1, 2, 3, 1000]),
    effect,
  }
}

/** Counts the calls of a machine and says which of them are to fail. */
export class Faults {
  readonly planned: Fault[]
  readonly #counts = new Map<Call, number>()
  /** How many calls have met one. */
  met = 0

  constructor(planned: readonly Fault[]) {
    this.planned = [...planned]
  }

  /** The next calls of a kind meet it, after `after` calls that do not. */
  failNext(call: Call, effect: Effect, times = 1, after = 0): void {
    this.planned.push({ call, nth: (this.#counts.get(call) ?? 0) + 1 + after, times, effect })
  }

  /** The disk is well again. */
  end(): void {
    this.planned.length = 0
  }

  next(call: Call): Effect | undefined {
    const count = (this.#counts.get(call) ?? 0) + 1
    this.#counts.set(call, count)
    const fault = this.planned.find(
      (one) => one.call === call && count >= one.nth && count < one.nth + one.times,
    )
    if (fault !== undefined) this.met++
    return fault?.effect
  }
}

export const NO_FAULTS: readonly Fault[] = []
