import type { Faults, StandIn } from './http.mjs'

export interface S3StandInOptions {
  readonly directory?: string
  readonly port?: number
  readonly buckets?: readonly string[]
  readonly accessKeyId?: string
  readonly dialect?: {
    readonly conditions?: boolean
    readonly quotes?: boolean
    readonly deletes?: boolean
    readonly completes?: boolean
  }
  readonly faults?: Faults
}

export function startS3(options?: S3StandInOptions): Promise<StandIn>
