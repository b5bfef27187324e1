import { oneOf } from '../base/options.js'

/**
 * What happens to a local change when somebody else has changed the same file in the cloud since.
 * `local-wins`: it replaces what they did.
 * `cloud-wins`: it is dropped.
 * `keep-both`: theirs stays, ours is stored beside it under a name of its own; a delete of ours is dropped.
 */
export type ConflictPolicy = 'local-wins' | 'cloud-wins' | 'keep-both'

export const CONFLICT_POLICIES: readonly ConflictPolicy[] = [
  'local-wins',
  'cloud-wins',
  'keep-both',
]

/** @throws TypeError for what is no policy */
export function policyOption(given: ConflictPolicy | undefined): ConflictPolicy {
  return oneOf('onConflict', given, CONFLICT_POLICIES, 'keep-both')
}
