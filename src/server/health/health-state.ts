import { nowText, setTimeout, clearTimeout } from '../../base/clock.js'
import { toError } from '../../base/values.js'

/** Why a server is not healthy. */
export interface HealthFinding {
  /** `unhealthy`: calls fail. `degraded`: they succeed, though not all is as it should be. */
  readonly status: 'degraded' | 'unhealthy'
  /** Such as `directory-missing`, `no-space`, `read-only`, `store-down`. */
  readonly code: string
  readonly message: string
}

/** The health of one part of a server. */
export interface PartHealth {
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  /** When it became so, as far as this process knows: ISO 8601, UTC. */
  readonly since: string
  readonly reasons: readonly HealthFinding[]
}

/** What is looked at: resolves with what is wrong, rejects for what does not answer. */
export type Probe = () => Promise<readonly HealthFinding[]>

/** Longest time that a probe may take, in ms; what takes longer does not answer. */
export const PROBE_TIMEOUT_MS = 5000

/**
 * The health of a part, looked at when it is asked for. Several questions at the same time share one look, so that
 * questions cannot load the store.
 */
export class WatchedPart {
  readonly #probe: Probe
  readonly #timeoutMs: number
  #known: PartHealth | undefined
  #looking: Promise<PartHealth> | undefined

  constructor(probe: Probe, timeoutMs: number = PROBE_TIMEOUT_MS) {
    this.#probe = probe
    this.#timeoutMs = timeoutMs
  }

  async look(): Promise<PartHealth> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    return await this.#looking
  }

  async #look(): Promise<PartHealth> {
    const reasons = await this.#reasons()
    const isUnhealthy = reasons.some(({ status }) => status === 'unhealthy')
    const degraded = reasons.length > 0 ? 'degraded' : 'healthy'
    const status = isUnhealthy ? 'unhealthy' : degraded
    const since = this.#known?.status === status ? this.#known.since : nowText()
    this.#known = Object.freeze({ status, since, reasons })
    return this.#known
  }

  async #reasons(): Promise<readonly HealthFinding[]> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<readonly HealthFinding[]>((resolve) => {
      timer = setTimeout(() => resolve([unanswered(this.#timeoutMs)]), this.#timeoutMs)
    })
    try {
      return await Promise.race([this.#probe(), late])
    } catch (error) {
      const { message } = toError(error)
      return [{ status: 'unhealthy', code: 'store-down', message }]
    } finally {
      clearTimeout(timer)
    }
  }
}

function unanswered(ms: number): HealthFinding {
  return {
    status: 'unhealthy',
    code: 'store-down',
    message: `The store has not answered for ${ms / 1000} s`,
  }
}
