import { wrongArgument } from '../base/misuse.js'
import type { CloudBackend } from './bucket/bucket-backend.js'
import { rejectUnknown } from '../base/options.js'
import { policyOption, type ConflictPolicy } from './conflict-policy.js'
import type { SyncReport } from './fallback/replayer.js'
import type { FileParts } from './file-parts.js'

export type { SyncReport } from './fallback/replayer.js'

export interface SyncOptions {
  /** For this run only; by default the configuration's `on_conflict`. */
  readonly onConflict?: ConflictPolicy | undefined
}

const NOTHING: SyncReport = Object.freeze({ replayed: 0, conflicts: [], failed: [], pending: 0 })

export async function syncPending(
  { fallback, cache }: FileParts,
  options: SyncOptions,
): Promise<SyncReport> {
  rejectUnknown(options, ['onConflict'], 'sync')
  if (options.onConflict !== undefined) policyOption(options.onConflict)
  if (fallback === undefined) return NOTHING
  const report = await fallback.sync(options)
  // What a policy has decided may be another content than the one that was cached here.
  for (const key of report.conflicts) cache?.forget(key)
  return report
}

/** @throws TypeError when no bucket is configured */
export function cloudOf({ cloud }: FileParts): CloudBackend {
  if (cloud !== undefined) return cloud
  throw wrongArgument(
    'Option "gcs_bucket_name" or "s3_bucket_name" must name a bucket, got neither',
  )
}
