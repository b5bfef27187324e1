import type { Bucket } from './bucket.js'
import type { Heads } from './heads.js'
import type { TransactionRecords } from './records.js'

/** A request that is this old does not arrive any more, nor does its process ask for the outcome. */
const FORGOTTEN_MS = 24 * 3_600_000

export interface ForgottenParts {
  readonly bucket: Bucket
  readonly heads: Heads
  readonly records: TransactionRecords
}

/** Carries out transactions whose processes have ended, and removes their records. */
export async function finishForgotten(
  { bucket, heads, records }: ForgottenParts,
  ageMs: number = FORGOTTEN_MS,
): Promise<void> {
  for await (const [id, object] of records.olderThan(ageMs)) {
    const record = await records.read(id)
    for (const promptId of record?.promptIds ?? []) await heads.finish(promptId, id)
    await bucket.discard(object)
  }
}
