import type { Faults, StandIn } from './http.mjs'

export interface GcsStandInOptions {
  readonly directory?: string
  readonly port?: number
  readonly buckets?: readonly string[]
  readonly faults?: Faults
}

export function startGcs(options?: GcsStandInOptions): Promise<StandIn>
