import type { OptimizationResult } from './optimization-result.js'
import type { Bump } from '../../document/version-number.js'

/** From this improvement on, in points of the overall score, a result makes a major version. */
export const MAJOR_IMPROVEMENT_MIN = 15
/** From this improvement on, a result makes a minor version. */
export const MINOR_IMPROVEMENT_MIN = 5

/** How far a version's number moves: by how much better the text got; a patch when nobody measured. */
export function bumpFor(result: OptimizationResult | null): Bump {
  const improvement = result?.improvement_score ?? 0
  if (improvement >= MAJOR_IMPROVEMENT_MIN) return 'major'
  return improvement >= MINOR_IMPROVEMENT_MIN ? 'minor' : 'patch'
}
