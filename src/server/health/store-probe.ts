import { recordIdOf } from '../../document/prompt-id.js'
import { supports } from '../../versions/supports.js'
import type { VersionStore } from '../../versions/version-store.js'
import type { HealthFinding } from './health-state.js'

/** A store that knows what is wrong with it, as one of files does. */
interface KnowsHealth {
  healthReasons(): Promise<readonly HealthFinding[]>
}

/**
 * Looks at a store: what it says of its disk, and whether it answers a read that cannot come from memory.
 * @throws StorageError for a store that does not answer
 */
export async function probeStore(storage: VersionStore): Promise<readonly HealthFinding[]> {
  if (knowsHealth(storage)) return await storage.healthReasons()
  await storage.transact([PROBED], () => ({ changes: [], result: undefined }))
  return []
}

/** A prompt that does not exist. A transaction over it asks the database or the bucket, and changes nothing. */
const PROBED = recordIdOf('health', 'probe')

function knowsHealth(storage: VersionStore): storage is VersionStore & KnowsHealth {
  return supports(storage, 'files') && 'healthReasons' in storage
}
